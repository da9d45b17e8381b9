// Package text holds what is said in two languages: titles and messages in
// Chinese and English, the choice between them, how numbers read in each, and
// where a text may be cut.
// It knows nothing of the product and imports only the standard library.
package text
