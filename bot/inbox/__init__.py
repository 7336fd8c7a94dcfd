"""The durable queue of updates: its interface, and what it is on SQLite and on PostgreSQL.

From getUpdates until it is acknowledged an update passes, in this order:

1. `bot/transport/polling_request.py`: what one answer brought is committed before the next poll confirms it;
2. `base.py`: `IncomingUpdates.put` gathers, `Inbox.add` commits;
3. `table.py`: `InboxWriter.add` gathers for the next transaction, `InboxTable.write` writes it;
4. `local.py` hands it out when its chat has its turn (`fair_queue.py`); or, shared by several processes,
   `postgres/workers.py` makes it a job, takes the job, and gives it to `postgres/inbox.py`;
5. `processing.py`, called by `Inbox._work_on`, has the application's handlers handle it.

Then `Inbox._finish` acknowledges it, by `InboxWriter.mark_done`. `entry.py` has what they hand each other.
"""
