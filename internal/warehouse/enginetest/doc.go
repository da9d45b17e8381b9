// Package enginetest gives tests the servers of query engines that package
// testserver starts. They end with the test.
package enginetest
