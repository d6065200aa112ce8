from frappe.model.document import Document


class Book(Document):
    pass
