// Package web reads what is told over HTTP: lists of records as JSON, in pages,
// and tables that an address gives as a file. Answers are bounded in size and
// number, tries are repeated when a server is busy, and nobody is led to another
// host with our name and password.
package web
