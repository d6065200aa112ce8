"""The shape of documents: DocTypes and their fields, the types of values, how documents are named."""
