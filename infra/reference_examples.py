"""The examples of `docs/reference`, which tests/contract/test_reference.py runs against a real site.

Names in capitals are the reader's own; `VARIABLES` says what they stand for. `answer` is what is printed: the name of a
shape (`[…]`: a list of them), an object or list of its own, or text, in which … stands for anything.
"""

from dataclasses import dataclass
from typing import Any

VARIABLES = {
    "URL": "the address of the site",
    "KEY": "your API key",
    "ADMIN_KEY": "the API key of an administrator",
    "NAME": "a name that nothing has yet",
    "PROJECT": "the id of a project of yours",
    "SHORT_NAME": "its short name",
    "SECRET": "its `secret_key`",
    "SPARE_PROJECT": "the id of another one, that may go",
    "IMPORTED": "the id of a project into which a file was imported",
    "IMPORT": "the id of that import",
    "TASK": "the id of a task of the project",
    "SPARE_TASK": "the id of another one, that may go",
    "RUN": "the id of a task run of yours",
    "SPARE_RUN": "the id of another one, that may go",
    "RESULT": "the id of a result of the project",
    "CATEGORY": "the id of a category without projects",
    "ME": "the id of your account",
    "FILE": "the path of a picture, such as bird.png",
    "MATERIAL": "the id of a helping material of the project",
    "POST": "the id of a blog post of the project",
    "PAGE": "the id of a page of the project",
    "NEWS": "the id of an announcement",
    "MEDIA": "the `media_url` of an uploaded file",
}
KEY = '-H "Authorization: $KEY"'
ADMIN = '-H "Authorization: $ADMIN_KEY"'
STATUS = "-o /dev/null -w '%{http_code}\\n'"


@dataclass(frozen=True)
class Example:
    """One request with curl, and the same with pybossa-client where that has a function for it."""

    title: str
    curl: str
    answer: Any
    python: str = ""
    printed: str = ""


def created(resource: str, body: str, answer: str, key: str = KEY, python: str = "", printed: str = "") -> Example:
    return Example("Create one", f"curl -s \"$URL/api/{resource}\" {key} -d '{body}'", answer, python, printed)


def changed(
    resource: str, variable: str, body: str, answer: str, key: str = KEY, python: str = "", printed: str = ""
) -> Example:
    request = f"curl -s -X PUT \"$URL/api/{resource}/${variable}\" {key} -d '{body}'"
    return Example("Change it", request, answer, python, printed)


def read(resource: str, variable: str, answer: str, key: str = KEY, python: str = "", printed: str = "") -> Example:
    return Example("Read it", f'curl -s "$URL/api/{resource}/${variable}" {key}', answer, python, printed)


def deleted(resource: str, variable: str, key: str = KEY, python: str = "", printed: str = "True") -> Example:
    request = f'curl -s {STATUS} -X DELETE "$URL/api/{resource}/${variable}" {key}'
    return Example("Delete it", request, "204", python, printed if python else "")


def listed(
    resource: str,
    query: str,
    answer: str,
    key: str = KEY,
    python: str = "",
    printed: str = "",
    title: str = "List them",
) -> Example:
    return Example(title, f'curl -s "$URL/api/{resource}?{query}" {key}', answer, python, printed)


EXAMPLES: dict[str, tuple[Example, ...]] = {
    "index": (Example("What answers here", 'curl -s "$URL/api/"', "The … API"),),
    "openapi": (Example("The document", 'curl -s "$URL/api/openapi.json" | head -c 19', '{"openapi":"3.1.0",'),),
    "project": (
        created(
            "project",
            '{"name": "\'$NAME\'", "short_name": "\'$NAME\'", "description": "Which bird is it?"}',
            "Project",
            python='project = pbclient.create_project(f"More {NAME}", f"more-{NAME}", "Which bird is it?")\n'
            "print(project.description)",
            printed="Which bird is it?",
        ),
        listed(
            "project",
            "short_name=$SHORT_NAME",
            "[ProjectRead]",
            python="[project] = pbclient.find_project(short_name=SHORT_NAME)\nprint(project.id == PROJECT)",
            printed="True",
            title="Find one by its short name",
        ),
        read(
            "project",
            "PROJECT",
            "ProjectRead",
            python="print(pbclient.get_project(PROJECT).short_name == SHORT_NAME)",
            printed="True",
        ),
        changed(
            "project",
            "PROJECT",
            '{"description": "Which bird sings?"}',
            "Project",
            python="project = pbclient.get_project(PROJECT)\n"
            'project.long_description = "# Birds\\nLook closely."\n'
            "print(pbclient.update_project(project).long_description)",
            printed="# Birds\nLook closely.",
        ),
        listed("project", "limit=5&last_id=0&stats=1", "[ProjectRead]", title="Page through yours, with statistics"),
        deleted("project", "SPARE_PROJECT"),
    ),
    "task": (
        created(
            "task",
            '{"project_id": \'$PROJECT\', "info": {"image": "https://example.org/1.jpg"}, "n_answers": 3}',
            "Task",
            python='task = pbclient.create_task(PROJECT, {"image": "https://example.org/2.jpg"}, n_answers=3)\n'
            "print(task.n_answers, task.state)",
            printed="3 ongoing",
        ),
        Example(
            "Create many at once",
            'curl -s "$URL/api/task" -H "Authorization: $KEY" -H "Idempotency-Key: $NAME" \\\n'
            '  -d \'[{"project_id": \'$PROJECT\', "info": 1}, {"project_id": \'$PROJECT\', "info": 2}]\'',
            "TasksMade",
        ),
        listed(
            "task",
            "project_id=$PROJECT&limit=2",
            "[TaskRead]",
            python="tasks = pbclient.get_tasks(PROJECT, limit=2, last_id=0)\nprint(len(tasks))",
            printed="2",
        ),
        listed(
            "task",
            "project_id=$PROJECT&info=image::https://example.org/1.jpg",
            "[TaskRead]",
            python='tasks = pbclient.find_tasks(PROJECT, info="image::https://example.org/1.jpg")\n'
            'print(tasks[0].info["image"])',
            printed="https://example.org/1.jpg",
            title="Find some by what is in them",
        ),
        changed(
            "task",
            "TASK",
            '{"priority_0": 0.5}',
            "Task",
            python="[task] = pbclient.find_tasks(PROJECT, id=TASK)\n"
            "task.n_answers = 5\n"
            "print(pbclient.update_task(task).n_answers)",
            printed="5",
        ),
        deleted("task", "SPARE_TASK"),
    ),
    "taskrun": (
        Example("Ask for a task", f'curl -s "$URL/api/project/$PROJECT/newtask" {KEY}', "NewTask"),
        created("taskrun", '{"project_id": \'$PROJECT\', "task_id": \'$TASK\', "info": "wren"}', "TaskRun"),
        listed(
            "taskrun",
            "project_id=$PROJECT",
            "[TaskRunRead]",
            python="runs = pbclient.get_taskruns(PROJECT, last_id=0)\nprint(runs[-1].info)",
            printed="wren",
        ),
        listed(
            "taskrun",
            "project_id=$PROJECT&task_id=$TASK",
            "[TaskRunRead]",
            python="runs = pbclient.find_taskruns(PROJECT, task_id=TASK)\nprint(len(runs))",
            printed="1",
            title="Those of one task",
        ),
        changed("taskrun", "RUN", '{"info": "robin"}', "TaskRun"),
        deleted("taskrun", "SPARE_RUN"),
    ),
    "result": (
        listed(
            "result",
            "project_id=$PROJECT",
            "[ResultRead]",
            python="results = pbclient.get_results(PROJECT, last_id=0)\nprint(results[0].last_version)",
            printed="True",
        ),
        listed("result", "project_id=$PROJECT&related=1", "[ResultRead]", title="With the task and its runs"),
        changed(
            "result",
            "RESULT",
            '{"info": {"species": "wren"}}',
            "Result",
            python="[result] = pbclient.find_results(PROJECT, id=RESULT)\n"
            'result.info = {"species": "robin"}\n'
            'print(pbclient.update_result(result).info["species"])',
            printed="robin",
        ),
    ),
    "category": (
        listed(
            "category",
            "limit=3",
            "[CategoryRead]",
            python="categories = pbclient.get_categories(limit=1, last_id=0)\nprint(len(categories))",
            printed="1",
        ),
        created(
            "category",
            '{"name": "\'$NAME\'", "short_name": "\'$NAME\'", "description": "Plants and animals"}',
            "Category",
            ADMIN,
        ),
        changed("category", "CATEGORY", '{"description": "Whatever lives"}', "Category", ADMIN),
        deleted("category", "CATEGORY", ADMIN),
    ),
    "helpingmaterial": (
        created(
            "helpingmaterial",
            '{"project_id": \'$PROJECT\', "info": {"species": "wren"}, "priority": 0.5}',
            "HelpingMaterial",
            python='material = pbclient.create_helpingmaterial(PROJECT, {"species": "wren"})\n'
            'print(material.info["species"])',
            printed="wren",
        ),
        Example(
            "Create one with a file",
            f'curl -s "$URL/api/helpingmaterial" {KEY} -F project_id=$PROJECT -F file=@$FILE',
            "HelpingMaterial",
            "material = pbclient.create_helpingmaterial(PROJECT, {}, file_path=FILE)\n"
            'print(material.info["file_name"])',
            "bird.png",
        ),
        listed(
            "helpingmaterial",
            "project_id=$PROJECT",
            "[HelpingMaterialRead]",
            python="print(len(pbclient.get_helping_materials(PROJECT, last_id=0)) > 1)",
            printed="True",
        ),
        changed(
            "helpingmaterial",
            "MATERIAL",
            '{"priority": 1}',
            "HelpingMaterial",
            python="[material] = pbclient.find_helping_materials(PROJECT, id=MATERIAL)\n"
            'material.info = {"species": "robin"}\n'
            'print(pbclient.update_helping_material(material).info["species"])',
            printed="robin",
        ),
        deleted("helpingmaterial", "MATERIAL"),
    ),
    "announcement": (
        created(
            "announcement", '{"title": "Ten years", "body": "Thank you.", "published": true}', "Announcement", ADMIN
        ),
        listed("announcement", "orderby=created&desc=true&limit=1", "[AnnouncementRead]", title="The newest"),
        changed("announcement", "NEWS", '{"published": true}', "Announcement", ADMIN),
        deleted("announcement", "NEWS", ADMIN),
    ),
    "blogpost": (
        created(
            "blogpost",
            '{"project_id": \'$PROJECT\', "title": "A thousand birds", "body": "Thank you.", "published": true}',
            "Blogpost",
        ),
        listed("blogpost", "project_id=$PROJECT", "[BlogpostRead]"),
        changed("blogpost", "POST", '{"title": "Two thousand birds"}', "Blogpost"),
        deleted("blogpost", "POST"),
    ),
    "page": (
        created("page", '{"project_id": \'$PROJECT\', "slug": "about", "info": {"text": "About us"}}', "Page"),
        listed("page", "project_id=$PROJECT", "[PageRead]"),
        changed("page", "PAGE", '{"info": {"text": "About you"}}', "Page"),
        deleted("page", "PAGE"),
    ),
    "projectstats": (
        listed("projectstats", "project_id=$PROJECT", "[ProjectStatsRead]"),
        Example("With the series", f'curl -s "$URL/api/projectstats/$PROJECT?full=1" {KEY}', "ProjectStatsRead"),
    ),
    "user": (
        read("user", "ME", "UserRead"),
        changed("user", "ME", '{"locale": "de"}', "User"),
        Example("Read another one", 'curl -s "$URL/api/user/$ME"', {"name": "ann", "locale": "en"}),
    ),
    "favorites": (
        created("favorites", "{\"task_id\": '$TASK'}", "Task"),
        listed("favorites", "limit=5", "[TaskRead]"),
        Example("Remove it", f'curl -s -X DELETE "$URL/api/favorites/$TASK" {KEY}', "Task"),
    ),
    "newtask": (
        Example("One task", f'curl -s "$URL/api/project/$PROJECT/newtask" {KEY}', "NewTask"),
        Example("Two tasks", f'curl -s "$URL/api/project/$PROJECT/newtask?limit=2" {KEY}', "[Task]"),
        Example("Nothing left", f'curl -s "$URL/api/project/$SPARE_PROJECT/newtask" {KEY}', {}),
    ),
    "userprogress": (
        Example("How far am I?", f'curl -s "$URL/api/project/$SHORT_NAME/userprogress" {KEY}', "Progress"),
    ),
    "token": (
        Example(
            "A token for the project's own users",
            'curl -s "$URL/api/auth/project/$SHORT_NAME/token" -H "Authorization: $SECRET"',
            "eyJ…",
        ),
        Example(
            "A task for one of them",
            'TOKEN=$(curl -s "$URL/api/auth/project/$SHORT_NAME/token" -H "Authorization: $SECRET")\n'
            'curl -s "$URL/api/project/$PROJECT/newtask?external_uid=ann" -H "Authorization: Bearer $TOKEN"',
            "NewTask",
        ),
    ),
    "globalstats": (Example("The totals", 'curl -s "$URL/api/globalstats"', "Totals"),),
    "leaderboard": (Example("The busiest", 'curl -s "$URL/leaderboard/"', "Leaderboard"),),
    "walk": (
        Example(
            "Change the scheduler, and see how far that is",
            f'curl -s {STATUS} -X PUT "$URL/api/project/$PROJECT" {KEY} \\\n'
            '  -d \'{"info": {"sched": "breadth_first"}}\' >&2\n'
            f'curl -s "$URL/api/project/$PROJECT/walk" {KEY}',
            "Walk",
        ),
    ),
    "gold": (
        Example(
            "Make it a gold task",
            f"curl -s -X PUT \"$URL/api/task/$SPARE_TASK/gold\" {KEY} -d '{{\"answer\": {{\"kind\": \"cirrus\"}}}}'",
            "Gold",
        ),
        Example("The expected answer", f'curl -s "$URL/api/task/$SPARE_TASK/gold" {KEY}', "Gold"),
        Example(
            "A task like the others again",
            f'curl -s -X DELETE "$URL/api/task/$SPARE_TASK/gold" {KEY}',
            {"answer": None},
        ),
    ),
    "accuracy": (Example("Who knows the answers?", f'curl -s "$URL/api/project/$PROJECT/accuracy" {KEY}', []),),
    "leases": (
        Example(
            "Give a task back",
            f'curl -s "$URL/api/project/$PROJECT/newtask" {KEY} >&2\n'
            f'curl -s -X POST "$URL/api/project/$PROJECT/leases/return" {KEY}',
            "Leases",
        ),
        Example(
            "End everybody's leases: there are none",
            f'curl -s -X POST "$URL/api/project/$PROJECT/leases/end" {KEY}',
            {"task_ids": [], "last_id": None},
        ),
    ),
    "bucket": (
        Example(
            "What a role must look like",
            f'curl -s "$URL/api/project/$PROJECT/bucket" {KEY}',
            {"role_prefix": "nimbossa-media-", "buckets": []},
        ),
        Example(
            "Link to a bucket no longer",
            f'curl -s -X DELETE "$URL/api/project/$PROJECT/bucket?bucket=camera-traps" {KEY}',
            {"buckets": []},
        ),
    ),
    "manifest": (
        Example(
            "The results as they are, under the name animal",
            f'curl -s "$URL/api/project/$PROJECT/manifest?label=animal" {KEY}',
            "…",
        ),
    ),
    "amazon": (
        Example("No bucket is called so", 'curl -s "$URL/amazon/bucket/UPPER-CASE"', {"status_code": 404}),
    ),
    "repair": (Example("A page of tasks", f'curl -s -X POST "$URL/api/project/$PROJECT/repair" {KEY}', "Repair"),),
    "import": (
        Example(
            "See the first records of a file",
            f'printf "question\\nIs it round?\\n" | curl -s "$URL/api/import/preview" {KEY}'
            ' -F project_id=$PROJECT -F "file=@-;filename=t.csv"',
            "[ImportPreview]",
        ),
        listed("import", "project_id=$IMPORTED", "[Import]"),
        read("import", "IMPORT", "Import"),
        Example(
            "Ask for a form for a large file",
            f'curl -s "$URL/api/import/form" {KEY} -d \'{{"project_id": \'$PROJECT\', "file_name": "birds.csv"}}\'',
            "ImportForm",
        ),
        Example(
            "Import objects of a bucket",
            f'curl -s "$URL/api/import" {KEY}'
            ' -d \'{"project_id": \'$PROJECT\', "type": "s3", "bucket": "birds", "files-0": "wren.png"}\'',
            {"type": "s3", "state": "finished", "tasks_made": 1, "duplicates": 0},
        ),
        Example("Withdraw its tasks", f'curl -s -X DELETE "$URL/api/import/$IMPORT?force=1" {KEY}', "Withdrawal"),
    ),
    "withdrawal": (
        Example(
            "Withdraw whatever the contributor of a run answered",
            f'curl -s -X POST "$URL/api/project/$PROJECT/withdrawal" {KEY} -d \'{{"taskrun_id": \'$RUN\'}}\'',
            "Withdrawal",
        ),
        Example("The newest", f'curl -s "$URL/api/project/$PROJECT/withdrawal?limit=1" {KEY}', "[Withdrawal]"),
    ),
    "webhook": (
        Example("The delivery log", f'curl -s "$URL/api/webhook?project_id=$PROJECT" {KEY}', []),
        Example(
            "Send again what failed",
            f'curl -s -X POST "$URL/api/webhook?project_id=$PROJECT&failed=true" {KEY}',
            {"replayed": [], "last_id": None},
        ),
        Example("A new secret", f'curl -s -X POST "$URL/api/webhook/secret?project_id=$PROJECT" {KEY}', "Secrets"),
        Example("The secrets", f'curl -s "$URL/api/webhook/secret?project_id=$PROJECT" {KEY}', "Secrets"),
        Example("Only the newest", f'curl -s -X DELETE "$URL/api/webhook/secret?project_id=$PROJECT" {KEY}', "Secrets"),
    ),
    "upload": (
        Example(
            "Ask for a form",
            f'curl -s "$URL/api/upload" {KEY} \\\n'
            '  -d \'{"resource": "helpingmaterial", "project_id": \'$PROJECT\', "file_name": "birds.zip"}\'',
            "UploadForm",
        ),
    ),
    "uploads": (Example("Where it is", f'curl -s {STATUS} "$MEDIA"', "302"),),
    "disqus": (Example("Where the site has no keys for it", 'curl -s "$URL/api/disqus/sso"', "Error"),),
}
