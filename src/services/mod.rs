//! The verbs of the product, used alike by GraphQL, the command line and tests.
