// Package policy holds no code, only tests that keep the code base in shape:
// who may import whom, how long a file may be, and that exported names say
// what they are.
package policy
