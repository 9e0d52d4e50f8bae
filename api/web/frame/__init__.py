"""What every page is made of: template, language, menu, forms, words for times and places, what islands are handed."""
