"""HTTP API for scripts in any language: fault injection and the call log."""

from __future__ import annotations

from tornado.web import HTTPError

from playground.web.page_handler import PageHandler
from playground.world.faults import read_fault


class FaultsHandler(PageHandler):
    """Fault injection over HTTP."""

    async def get(self) -> None:
        """Return the faults that are still to happen."""
        self.finish({"faults": [vars(fault) for fault in self.world.faults.active]})

    async def post(self) -> None:
        """Add a fault; the JSON body has the fields of ``Fault``."""
        try:
            self.world.faults.add(read_fault(self.read_json()))
        except (TypeError, ValueError) as error:
            raise HTTPError(400, reason=str(error)) from None
        await self.get()

    async def delete(self) -> None:
        """Remove all faults."""
        self.world.faults.clear()
        await self.get()


class CallLogHandler(PageHandler):
    """The call log over HTTP."""

    async def get(self) -> None:
        """Return the calls, only those of ``method`` when it is given."""
        calls = self.world.call_log.calls(self.get_query_argument("method", None))
        counts = dict(self.world.call_log.counts)
        self.finish({"counts": counts, "calls": [call.to_json() for call in calls]})

    async def delete(self) -> None:
        """Clear the call log."""
        self.world.call_log.clear()
        self.finish({"ok": True})
