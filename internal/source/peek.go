package source

import "context"

// Peeker is a source of records whose streams say nothing of themselves: what is
// in them is known by looking at some of it.
type Peeker interface {
	// Peek looks at what there is in a stream, or at what comes within some
	// seconds where nothing is kept. What is wrong with the way it is read, and not
	// with reaching it, is in the answer, beside what was seen.
	Peek(ctx context.Context, stream string) (Glimpse, error)
}

// Glimpse is some of what a stream gives.
type Glimpse struct {
	Stream  Stream // with the columns of the records
	Records []any  // objects of JSON, numbers as json.Number
	Wrong   error  // a fault: records are not found, or the page after the first

	// What an interface answered, and what can be told from that.
	Answer any
	Path   string  // where the records are in it, with dots: as it was said, or the likeliest place when that was not said
	Lists  []List  // places with lists of objects, the longest first
	Pages  []int   // records on the pages that were read
	Paging *Paging // how pages seem to follow, when it was not said
}

// List is a place in an answer with a list of objects.
type List struct {
	Path  string `json:"path"` // with dots; empty for the answer itself
	Count int    `json:"count"`
}

// Paging is how the pages of an interface seem to follow one another.
type Paging struct {
	Type  string `json:"type"`            // page | cursor | link
	Param string `json:"param,omitempty"` // a guess
	Next  string `json:"next,omitempty"`
}
