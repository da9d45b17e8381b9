// Package sources opens connectors by their type. It is the one list of them.
package sources
