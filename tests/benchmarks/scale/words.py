"""What `docs/scale.md` says around its tables."""

HEAD = """
# Scale and cost, on paper and by simulation

Written by `python -m tests.benchmarks.scale`; `tests/reliability/test_scale_page.py` holds that this page is what the
script gives. Units are counted on the real stores by AWS's sizing rules, the simulation is seeded; only the functions'
time is measured (`python -m tests.benchmarks.scale.measure`). Nothing of this has run on AWS yet.
"""

UNITS = """
## What a step costs

The mean of several contributions of different volunteers; reads of the queue's head are in it each time, although a
container remembers it for two seconds. The ceilings are those that `tests/reliability/test_ceilings.py` asserts.
"""

KEYS = """
## Which key gets hot first

DynamoDB gives a partition 1,000 write units and 3,000 read units a second, and one item, or one key whose writes all
go to its end, never gets more than one partition. So what counts is the units that land on the hottest key of each
table and index: counted, for a contribution, and multiplied. 300 contributions a second on one project are a little
more than the busiest hour known from the field (about 278/s). Keys that belong to a volunteer or to a run alone are
left out.
"""

SHARED = {
    "sheets/queue": "the queue of one project; hash `open`",
    "runs/by_project": "the list of a project's runs; hash `project_id`, ids ascend",
    "results/by_project": "the list of a project's results; ids ascend",
    "statistics": "150 neighbouring tasks of one project, changes many at a time",
}

FIRST = """
**The queue's index is first where tasks want one answer**, at 500 contributions/s in one project: each task costs it
two units (the last seat is taken; the task is completed). From three answers on it is **the list of runs by project**,
at 1,000/s. Both are per project: 100 projects with 30 contributions/s each are nowhere near.

- *What splits it:* DynamoDB splits a hot partition between keys, and within a key's items by range key ("split for
  heat"), so other projects move away from a hot one by themselves. It does not help the hot key itself: run ids ascend,
  and volunteers work at the head of the queue, so the heat moves on ahead of each split, and stays one partition's.
- *What an index that is full does:* writes to the **table** are refused (back pressure), as throttled, until the index
  has caught up. Documented is that writes to the table are throttled; we count on nothing finer. So the takes of last
  seats, the completing answers and imports of that project slow down together. No promise breaks by it: what was
  refused was not stored, and is tried again.
- *What then would have to change:* a number in front of the queue's key that spreads one project's queue over several
  (takers choose one; order of priority then holds within each), and the same for the list of runs, which lists would
  merge. Not built: the field's busiest hour is at half of it.
- *Imports* write one unit to the same queue for each task, so beside 300 contributions/s with one answer each, 400
  tasks/s fill it. They also put all tasks of a block of 1,000 ids under one key of the table `tasks`: a task of 4 KB
  takes 5 units there, so that 200 such tasks/s fill that key. Puts that DynamoDB leaves out are sent again with pauses:
  an import slows itself down. One import makes fewer tasks than that; several into one project at once would not.
- *Reads of the head:* half a unit for each container every two seconds, and for each fresh pass that a stale head makes
  necessary, about one for each `newtask` in the worst case below: 150 units/s of 3,000 at 300 contributions/s. Reads of
  definitions go to the block's key: half a unit for 4 KB, again 150/s.
- *A seat sheet* takes three units for each answer, 90 with 30 answers, and is then done with: the limit of one item is
  reached only by a task that gets several hundred answers at once.
- *Statistics, sequences, rates, cost items:* leaves are written once for many changes; ids come from clock and
  container, not from a counter; rates and costs are added up in batches (a cost item gets about 0.04 units for each
  contribution, 12/s at 300/s).
- *The table's first hour:* a new table on demand takes 4,000 write units/s (four partitions) and doubles within half an
  hour; 3,000 contributions/s want 9,000 on `sheets` and 12,000 on `runs` with its indexes. Warm the tables up before a
  start of that kind (`WarmThroughput`), and ask for more than the account's 40,000 units/s for each table beyond
  10,000 contributions/s.
- *The stream* has a shard for each partition of `sheets`. A shard's records are handled by up to ten functions at once
  (`ParallelizationFactor`), records of one sheet still in order. With one function a shard, a project with a webhook
  falls behind at 300 completions/s, as the simulation shows. SQS has no limit here; deliveries wait for listeners, of
  whom 20 functions call 200 at once.
- *Functions:* 3,000 contributions/s are 6,000 calls/s of about 40 ms on AWS: 240 containers, of 1,000 that an account
  has at first.
"""

SIMULATION = """
## Simulation

Discrete events, seeded, {seconds:.0f} s of arrivals at random. Each shared key and each sheet is a partition with
{rate:,.0f} write units/s and {bucket:.0f} units in hand (a tenth of a second; AWS keeps up to 300 s of unused units,
on which nobody should count), never split. A call takes {least:.0f} ms and in the mean {more:.0f} more, a transaction
holds its items for {commit:.0f} ms, a volunteer thinks for {think:.0f} s in the mean, which brings the steady state
soon. Retries and pauses are the product's. The stream has {shards} shards. All tasks have one priority.
"""

SEEN = """
Below the limit of a key nothing is throttled, and what volunteers wait for is the head of the queue: with one answer a
task, containers remember tasks that others have just taken, look at up to eight sheets and lose races. At 300/s this
adds some 4 read units and 0.7 write units to a contribution, about one USD for a million. Five per cent above the limit
writes are refused, and requests fail after three attempts; what fails was not stored, and `newtask` may be asked again
at once. With 30 answers a task, volunteers share the task at the head; its transactions meet, wait some
milliseconds and go on.
"""

DOLLARS = """
## USD for a million contributions

Units as above. The functions' time was measured on {date} with the embedded cloud on a machine with {machine},
shared with other work (the fastest tenth of the calls took at most): newtask {newtask} ms, {cpu_newtask} of them CPU;
taskrun {taskrun} ms, {cpu_taskrun} of them CPU; newtask for {prefetch} tasks {newtask_of_5} ms; the stream
{stream_record} ms a record in batches of {batch}. AWS's own times will differ: ten milliseconds more for each call make
0.27 USD at 1 GB arm64. List prices of {region} (below), no free allowance. A webhook's listener is taken to answer in
{listener:.0f} ms, one message a call.

In it are the rate limits' writes (at most 0.1 units a request) and the cost line's own. Not in it are the way out to
the internet (0.09 USD a GB after the first 100), logs (Lambda writes some 350 bytes a call: about 0.35 USD), cold
starts, storage, and quiet times, in which the stream's function is called for one record at a time (up to 0.40 USD more
for its calls). HTTP API is for comparison; the template offers the other two.
"""

STORAGE = """
## Storage
"""

IDLE = """
## Idle

Nothing runs, and there is no charge for functions, tables' units, or the function URL. What remains each month:

| what | USD |
|---|---:|
| Lambda looks into three queues, five lookers of 20 s each: 1.94 million SQS requests, 1 million free | 0.38 |
| ten alarms, which CloudWatch gives free (an account's eleventh costs 0.10) | 0 |
| SSM parameters (standard), event mappings, stream | 0 |
| storage: tables, objects, the package (about 11 MB), logs for 30 days | by the GB, below |
"""
