// Package kinds is the one list of what people can define. A new kind of
// resource is a spec type in its feature's package and one line here; nothing
// else in the program names all kinds.
package kinds
