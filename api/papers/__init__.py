"""Papers: documents that leave the house printed, as a page of a browser and as PDF. docs/design/paper.md."""
