"""Categories: few, unique by name and short name, read together."""

import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core.categories import Category
from chalicelib.store.conditions import unchanged
from chalicelib.store.names import claim, commit_bearer, release, rename
from chalicelib.store.sequences import next_number
from chalicelib.store.tables import CategoryItem
from chalicelib.store.transactions import commit

KIND = "category"
NAME = "category.name"
SHORT_NAME = "category.short_name"
TAKEN = "A category with this name or short_name exists already."


class CategoryStore:
    """All categories."""

    def next_id(self) -> int:
        return next_number("category")

    def all(self) -> list[Category]:
        """Every category, ascending by id, read consistently."""
        return [_category(item) for item in CategoryItem.query(KIND, consistent_read=True)]

    def get(self, category_id: int) -> Category | None:
        return next((one for one in self.all() if one.id == category_id), None)

    def create(self, category: Category) -> None:
        """Raises IntegrityFault when a name is taken."""

        def fill(transaction: TransactWrite) -> None:
            claim(transaction, f"{NAME}:{category.name}", category.id)
            claim(transaction, f"{SHORT_NAME}:{category.short_name}", category.id)
            transaction.save(_item(category))

        commit_bearer(fill, TAKEN)

    def change(self, old: Category, new: Category) -> None:
        """Raises IntegrityFault when a new name is taken."""

        def fill(transaction: TransactWrite) -> None:
            rename(transaction, NAME, old.name, new.name, new.id)
            rename(transaction, SHORT_NAME, old.short_name, new.short_name, new.id)
            as_read = unchanged(_item(old), "name_", "short_name", "description", "info")
            transaction.save(_item(new), condition=as_read)

        commit_bearer(fill, TAKEN)

    def delete(self, category: Category) -> None:
        def fill(transaction: TransactWrite) -> None:
            release(transaction, f"{NAME}:{category.name}")
            release(transaction, f"{SHORT_NAME}:{category.short_name}")
            transaction.delete(CategoryItem(KIND, category.id))

        commit(fill)


def _category(item: CategoryItem) -> Category:
    return Category(item.id, item.created, item.name_, item.short_name, item.description, orjson.loads(item.info))


def _item(category: Category) -> CategoryItem:
    return CategoryItem(
        KIND,
        category.id,
        created=category.created,
        name_=category.name,
        short_name=category.short_name,
        description=category.description,
        info=orjson.dumps(category.info).decode(),
    )
