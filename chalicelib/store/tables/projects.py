"""Projects, and what belongs to them or to the site's pages."""

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.store.tables.base import Table, WholeNumberAttribute


class ProjectListIndex(GlobalSecondaryIndex["ProjectItem"]):
    class Meta:
        index_name = "listing"
        projection = KeysOnlyProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ProjectByOwnerIndex(GlobalSecondaryIndex["ProjectItem"]):
    class Meta:
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ProjectCardIndex(GlobalSecondaryIndex["ProjectItem"]):
    """What the volunteers' path needs of a project, at half a read unit whatever the size of the presenter."""

    class Meta:
        index_name = "card"
        projection = IncludeProjection(
            [
                "short_name",
                "published",
                "allow_anonymous_contributors",
                "owner_id",
                "owners_ids",
                "secret_key",
                "webhook",
                "rules",
                "buckets",
            ]
        )

    id = WholeNumberAttribute(hash_key=True)


class ProjectsDailyIndex(GlobalSecondaryIndex["ProjectItem"]):
    """The projects that import daily, and no others: sparse."""

    class Meta:
        index_name = "daily"
        projection = KeysOnlyProjection()

    daily = UnicodeAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class ProjectItem(Table):
    name = "projects"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    kind = UnicodeAttribute(default="project")
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    short_name = UnicodeAttribute()
    description = UnicodeAttribute()
    long_description = UnicodeAttribute(null=True)
    webhook = UnicodeAttribute(null=True)
    webhook_secrets = ListAttribute[str](null=True)
    allow_anonymous_contributors = BooleanAttribute(default=True)
    published = BooleanAttribute(default=False)
    featured = BooleanAttribute(default=False)
    secret_key = UnicodeAttribute()
    zip_download = BooleanAttribute(default=True)
    contacted = BooleanAttribute(default=False)
    owner_id = WholeNumberAttribute()
    owners_ids = ListAttribute[int]()
    category_id = WholeNumberAttribute()
    info = UnicodeAttribute()  # JSON text
    rules = UnicodeAttribute()  # JSON text of core.projects.Rules, taken out of info on each write
    daily = UnicodeAttribute(null=True)  # DAILY as long as info has an autoimporter
    buckets = UnicodeAttribute(null=True)  # JSON text of core.projects.BucketAccess by bucket; absent: none
    listing = ProjectListIndex()
    importing_daily = ProjectsDailyIndex()
    by_owner = ProjectByOwnerIndex()
    card = ProjectCardIndex()


class CategoryItem(Table):
    """Few and read together: one partition, `kind` = "category"."""

    name = "categories"

    class Meta:
        pass

    kind = UnicodeAttribute(hash_key=True, default="category")
    id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    short_name = UnicodeAttribute()
    description = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text


class MaterialByProjectIndex(GlobalSecondaryIndex["MaterialItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class MaterialItem(Table):
    name = "materials"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    project_id = WholeNumberAttribute()
    created = UnicodeAttribute()
    media_url = UnicodeAttribute(null=True)
    priority = NumberAttribute(default=0.0)
    info = UnicodeAttribute(default="{}")  # JSON text
    by_project = MaterialByProjectIndex()


class AnnouncementItem(Table):
    """The site's news: one partition, `kind` = "announcement"."""

    name = "announcements"

    class Meta:
        pass

    kind = UnicodeAttribute(hash_key=True, default="announcement")
    id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    user_id = WholeNumberAttribute(null=True)
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    published = BooleanAttribute(default=False)


class BlogPostByProjectIndex(GlobalSecondaryIndex["BlogPostItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class BlogPostItem(Table):
    name = "blogposts"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    updated = UnicodeAttribute()
    project_id = WholeNumberAttribute()
    user_id = WholeNumberAttribute(null=True)
    title = UnicodeAttribute()
    body = UnicodeAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    published = BooleanAttribute(default=False)
    by_project = BlogPostByProjectIndex()


class PageByProjectIndex(GlobalSecondaryIndex["PageItem"]):
    class Meta:
        index_name = "by_project"
        projection = KeysOnlyProjection()

    project_id = WholeNumberAttribute(hash_key=True)
    id = WholeNumberAttribute(range_key=True)


class PageItem(Table):
    name = "pages"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    slug = UnicodeAttribute()
    project_id = WholeNumberAttribute()
    info = UnicodeAttribute(default="{}")  # JSON text
    media_url = UnicodeAttribute(null=True)
    by_project = PageByProjectIndex()
