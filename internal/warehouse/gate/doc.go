// Package gate stands in front of a warehouse and lets only so many statements
// run at once. Who comes when all places are taken waits: a free place goes to
// the person with the fewest statements running, and among equals to the one
// whose last turn is longest ago. Waiting is bounded in number and in time, running in
// time. A statement that is given up leaves the line at once, or its engine if
// it runs already.
package gate
