// Package text holds what is said in two languages: titles and messages in
// Chinese and English, the choice between them, and how numbers read in each.
// It knows nothing of the product and imports only the standard library.
package text
