//! What is durable: rows, records, migrations, one unit of work, read queries
