"""The routes of one project or task beyond the usual ones of a resource: what volunteers ask for, and what owners do to
all tasks, leases and runs."""

from dataclasses import replace

from chalicelib.api import gold, leases, private_buckets, walks, webhooks, withdrawals
from chalicelib.api.manifest import manifest
from chalicelib.api.newtask import newtask
from chalicelib.api.operations import Operation, Place, Route, Who, get, row
from chalicelib.api.userprogress import userprogress

PROGRESS = Operation(
    "userprogress",
    "How much the caller has done",
    "Progress",
    query=("external_uid",),
    identifier="project",
    errors=(404,),
)
GOLD = Operation("get_gold", "The answer that is expected of a gold task", "Gold", Who.KEEPERS, errors=(403, 404))
BUCKETS = Operation(
    "list_bucket",
    "Private buckets whose files this project's tasks link to",
    "PrivateBuckets",
    Who.KEEPERS,
    identifier="project",
    errors=(403, 404),
)

PROJECT_ROUTES: tuple[Route, ...] = (
    get(
        "/api/project/{identifier}/newtask",
        Place("newtask", "GET", "project"),
        newtask,
        Operation(
            "newtask",
            "Ask for tasks to answer",
            "NewTask",
            query=("limit:newtask", "offset:newtask", "orderby:task", "desc", "external_uid"),
            identifier="project",
            errors=(404, 415),
            refusals={401: "TokenRefusal"},
            about="What is handed out is leased to the caller for an hour (a project may change that). Nothing left "
            "is `{}`, one task is an object, more are a list.",
        ),
    ),
    get("/api/project/{identifier}/userprogress", Place("userprogress", "USER_PROGRESS"), userprogress, PROGRESS),
    get(
        "/api/app/{identifier}/userprogress",
        Place("userprogress", "USER_PROGRESS"),
        userprogress,
        replace(PROGRESS, name="app_userprogress"),
    ),
    get(
        "/api/project/{identifier}/walk",
        Place("walk", "GET", "project"),
        walks.walk,
        Operation(
            "walk",
            "How far a change of all tasks is: of the scheduler, or of the redundancy",
            "Walk",
            Who.KEEPERS,
            identifier="project",
            errors=(403, 404),
        ),
    ),
    get(
        "/api/project/{identifier}/accuracy",
        Place("accuracy", "GET", "project"),
        gold.accuracy,
        Operation(
            "accuracy",
            "How many gold tasks each volunteer answered right",
            "[Accuracy]",
            Who.KEEPERS,
            query=("last_id:text", "limit:number"),
            identifier="project",
            errors=(403, 404, 415),
            about="In the order of `contributor`: go on with `last_id`, the last one's.",
        ),
    ),
    (
        "/api/task/{identifier}/gold",
        row(
            "gold",
            GET=(gold.gold, GOLD),
            PUT=(
                gold.make_gold,
                replace(
                    GOLD,
                    name="make_gold",
                    summary="Make it a gold task, or change the expected answer",
                    body="GoldAnswer",
                    errors=(403, 404, 413, 415),
                    about="A task that has a result stays what it is.",
                ),
            ),
            DELETE=(gold.unmake_gold, replace(GOLD, name="unmake_gold", summary="Make it a task like the others")),
        ),
    ),
    (
        "/api/project/{identifier}/bucket",
        row(
            "bucket",
            GET=(private_buckets.listing, BUCKETS),
            POST=(
                private_buckets.grant,
                replace(
                    BUCKETS,
                    name="grant_bucket",
                    summary="Let this project's tasks link to a private bucket",
                    body="PrivateBucket",
                    errors=(403, 404, 413, 415),
                    about="The role is tried at once: docs/importing.md says how to make it.",
                ),
            ),
            DELETE=(
                private_buckets.revoke,
                replace(
                    BUCKETS,
                    name="revoke_bucket",
                    summary="Link to it no longer",
                    query=("bucket",),
                    errors=(403, 404, 415),
                    about="Links that are out last an hour at most.",
                ),
            ),
        ),
    ),
    get(
        "/api/project/{identifier}/manifest",
        Place("manifest", "GET", "project"),
        manifest,
        Operation(
            "manifest",
            "The results as an augmented manifest of SageMaker Ground Truth",
            "manifest",
            Who.KEEPERS,
            query=("label", "classes", "last_id:number", "limit:manifest"),
            identifier="project",
            errors=(403, 404, 413, 415),
            about="A line of JSON for each complete task: its object in S3 or its text, and what most volunteers said. "
            "While there is more, the header `Link` has the address of the rest.",
        ),
    ),
    (
        "/api/project/{identifier}/repair",
        {
            "POST": (
                Place("repair", "POST", "project"),
                webhooks.repair,
                Operation(
                    "repair",
                    "Make the results that lost stream records should have made",
                    "Repair",
                    Who.KEEPERS,
                    query=("last_id:number", "announce"),
                    identifier="project",
                    errors=(403, 404, 415),
                    about="A page of tasks per call; go on with the `last_id` of the answer until it is null.",
                ),
            )
        },
    ),
    (
        "/api/project/{identifier}/leases/return",
        {
            "POST": (
                Place("leases", "POST", "project"),
                leases.give_back,
                Operation(
                    "return_leases",
                    "Give back tasks that were asked for",
                    "Leases",
                    body="Returned",
                    query=("external_uid",),
                    identifier="project",
                    errors=(404, 413, 415),
                    about="So that others get them before the lease ends by itself. What was answered stays; asking "
                    "for tasks again is all it takes to go on.",
                ),
            )
        },
    ),
    (
        "/api/project/{identifier}/leases/end",
        {
            "POST": (
                Place("leases", "POST", "project"),
                leases.take_back,
                Operation(
                    "end_leases",
                    "End everybody's leases now",
                    "Leases",
                    Who.KEEPERS,
                    body="Returned",
                    query=("last_id:number",),
                    identifier="project",
                    errors=(403, 404, 413, 415),
                    about="Of `task_ids`, or of a hundred tasks per call: go on with the `last_id` of the answer until "
                    "it is null. Whoever was at work on one is then told kindly that it was handed on.",
                ),
            )
        },
    ),
    (
        "/api/project/{identifier}/withdrawal",
        row(
            "withdrawal",
            GET=(
                withdrawals.listing,
                Operation(
                    "list_withdrawal",
                    "What was withdrawn, the newest first",
                    "[Withdrawal]",
                    Who.KEEPERS,
                    query=("before", "limit:number"),
                    identifier="project",
                    errors=(403, 404, 415),
                ),
            ),
            POST=(
                withdrawals.withdraw_runs,
                Operation(
                    "withdraw_runs",
                    "Withdraw one volunteer's task runs",
                    "Withdrawal",
                    Who.KEEPERS,
                    body="Volunteer",
                    identifier="project",
                    status=202,
                    errors=(403, 404, 413, 415),
                    about="In the background. Runs that are made afterwards stay.",
                ),
            ),
        ),
    ),
    (
        "/api/project/{identifier}/withdrawal/{withdrawal}",
        row(
            "withdrawal",
            GET=(
                withdrawals.one,
                Operation(
                    "get_withdrawal",
                    "How far one is",
                    "Withdrawal",
                    Who.KEEPERS,
                    identifier="project",
                    errors=(403, 404),
                ),
            ),
            DELETE=(
                withdrawals.cancel,
                Operation(
                    "cancel_withdrawal",
                    "Let it end; what is withdrawn stays so",
                    "Withdrawal",
                    Who.KEEPERS,
                    identifier="project",
                    errors=(403, 404),
                ),
            ),
        ),
    ),
)
