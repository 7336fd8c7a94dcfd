"""What outside scripts call: failures on order, and the call log."""

from __future__ import annotations

from tornado.web import HTTPError

from playground.web.page_handler import PageHandler
from playground.world.faults import read_fault


class FaultsHandler(PageHandler):
    """Failures on order, over HTTP."""

    async def get(self) -> None:
        """Return the orders that stand."""
        self.finish({"faults": [vars(fault) for fault in self.world.faults.orders]})

    async def post(self) -> None:
        """Order a failure: the fields of ``Fault``."""
        try:
            self.world.faults.add(read_fault(self.read_json()))
        except (TypeError, ValueError) as error:
            raise HTTPError(400, reason=str(error)) from None
        await self.get()

    async def delete(self) -> None:
        """Let everything go well again."""
        self.world.faults.clear()
        await self.get()


class CallLogHandler(PageHandler):
    """What the bot called, over HTTP."""

    async def get(self) -> None:
        """Return the calls, of one method when ``method`` is given."""
        calls = self.world.call_log.calls(self.get_query_argument("method", None))
        counts = dict(self.world.call_log.counts)
        self.finish({"counts": counts, "calls": [call.to_json() for call in calls]})

    async def delete(self) -> None:
        """Start over."""
        self.world.call_log.clear()
        self.finish({"ok": True})
