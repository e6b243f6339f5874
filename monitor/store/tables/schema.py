"""What all tables share: where they are gathered, how constraints are called, types of columns."""

import sqlalchemy
from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# In the order of its bytes on both, whatever language a server is set up for.
Text = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), "postgresql")
# SQLite gives out its own row ids only for INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer, "sqlite")
