// Package audit keeps who did what when. An entry is written in the same
// transaction as the change it tells of, by whoever stores that change; it is
// never altered. Values of secret fields are taken out before writing.
package audit
