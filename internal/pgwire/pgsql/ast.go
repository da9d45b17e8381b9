package pgsql

// Expr is a part of a statement that has a value. Pos is its byte offset.
type Expr interface{ Pos() int }

// At is the byte offset of a node; nodes embed it.
type At int

// Pos gives the offset.
func (a At) Pos() int { return int(a) }

// Ident is a name as it counts: folded to lower case unless it was quoted.
type Ident struct {
	At
	Name   string
	Quoted bool
}

// The expressions.
type (
	// Column is a name with what stands before its dots.
	Column struct {
		At
		Parts []Ident
	}
	// Star is * or table.*.
	Star struct {
		At
		Table []Ident
	}
	// Number is a literal as written.
	Number struct {
		At
		Text string
	}
	// Text is a literal of unknown type, escapes undone.
	Text struct {
		At
		Value string
	}
	// Bool is true or false.
	Bool struct {
		At
		Value bool
	}
	// Null is null.
	Null struct{ At }
	// Param is $N, counted from 1.
	Param struct {
		At
		N int
	}
	// Unary has Op "not", "-", "+" or another prefix operator.
	Unary struct {
		At
		Op string
		X  Expr
	}
	// Binary has Op "and", "or" or an operator.
	Binary struct {
		At   // of the operator
		Op   string
		L, R Expr
	}
	// Is tests for What: null, true, false, unknown, or "distinct" from Y.
	Is struct {
		At
		X    Expr
		What string
		Y    Expr
		Not  bool
	}
	// In has a List or a Sub.
	In struct {
		At
		X    Expr
		List []Expr
		Sub  *Select
		Not  bool
	}
	// Between includes both ends.
	Between struct {
		At
		X, Lo, Hi Expr
		Not       bool
	}
	// Like has Kind like, ilike or similar.
	Like struct {
		At
		Kind       string
		X, Pattern Expr
		Escape     Expr
		Not        bool
	}
	// Case may have no Operand and no Else.
	Case struct {
		At
		Operand Expr
		Whens   []When
		Else    Expr
	}
	// Call is a function by its name without schema, in lower case.
	Call struct {
		At
		Name     string
		Args     []Expr
		Star     bool
		Distinct bool
		OrderBy  []Order
		Filter   Expr
		Over     *Window
	}
	// Cast is cast(x as t), x::t and t 'text'.
	Cast struct {
		At
		X  Expr
		To Type
	}
	// Sub is (select …), exists (select …) or array(select …).
	Sub struct {
		At
		Kind   string // "", exists, array
		Select *Select
	}
	// Quantified is x op any (…) or x op all (…).
	Quantified struct {
		At
		Op  string
		X   Expr
		All bool
		Y   Expr    // an array
		Sub *Select // or rows
	}
	// Array is array[…].
	Array struct {
		At
		Items []Expr
	}
	// Row is (a, b) or row(a, b).
	Row struct {
		At
		Items []Expr
	}
	// Index is x[i].
	Index struct {
		At
		X, I Expr
	}
	// Field is (x).name; Name is * for all.
	Field struct {
		At
		X    Expr
		Name string
	}
)

// When is a branch of a Case.
type When struct{ If, Then Expr }

// Type is a type by PostgreSQL's internal name, such as int4 or timestamptz.
type Type struct {
	At
	Name  string
	Array bool
}

// Window is what stands after over.
type Window struct {
	PartitionBy []Expr
	OrderBy     []Order
	Framed      bool // a frame was written, or the window was named
}

// Order is a term of an order by.
type Order struct {
	X          Expr
	Desc       bool
	NullsFirst *bool // nil when not said
}

// Item is an output column; As is "" when not named.
type Item struct {
	X  Expr
	As Ident
}

// Select is a query, perhaps of several with Op between.
type Select struct {
	At
	With       []CTE
	Distinct   bool
	DistinctOn []Expr
	Items      []Item
	From       []Table // as separated by commas
	Where      Expr
	GroupBy    []Expr
	Grouped    bool // group by was written
	Having     Expr
	Windows    map[string]*Window
	OrderBy    []Order
	Limit      Expr
	Offset     Expr

	Op          string // "", union, except, intersect
	All         bool
	Left, Right *Select
	Values      [][]Expr
}

// CTE is a query of a with clause.
type CTE struct {
	Name    Ident
	Columns []Ident
	Select  *Select
}

// Table is a part of a from clause: a Name, a Sub, a Call, or a Join.
type Table struct {
	At
	Name       []Ident
	Sub        *Select
	Call       *Call
	Ordinality bool
	Lateral    bool
	Join       *Join
	As         Ident
	Columns    []Ident
}

// Join is of Kind inner, left, right, full or cross.
type Join struct {
	Kind    string
	L, R    Table
	On      Expr
	Using   []Ident
	Natural bool
}

// Statement is a *Select or one of the commands.
type Statement interface{ Pos() int }

// The commands.
type (
	// Set changes a setting; no Values means default.
	Set struct {
		At
		Name   string
		Values []string
		Local  bool
	}
	// Reset puts a setting back; Name "all" means each.
	Reset struct {
		At
		Name string
	}
	// Show asks for a setting.
	Show struct {
		At
		Name string
	}
	// Transaction has Word begin, commit, rollback, savepoint, release or
	// "rollback to".
	Transaction struct {
		At
		Word string
		Name string
	}
	// Discard forgets What: all, plans, sequences or temp.
	Discard struct {
		At
		What string
	}
	// Deallocate forgets a prepared statement; Name "" means all.
	Deallocate struct {
		At
		Name string
	}
	// Prepare names a statement.
	Prepare struct {
		At
		Name   string
		Types  []Type
		Source string // the statement
		Offset int    // of Source
	}
	// Execute runs a named statement.
	Execute struct {
		At
		Name string
		Args []Expr
	}
	// Declare names a cursor over a query.
	Declare struct {
		At
		Name   string
		Hold   bool
		Select *Select
	}
	// Fetch takes rows of a cursor; N < 0 means all. Move only skips them.
	Fetch struct {
		At
		Name string
		N    int
		Move bool
	}
	// CloseCursor ends a cursor; Name "" means all.
	CloseCursor struct {
		At
		Name string
	}
	// Explain shows how a query is understood.
	Explain struct {
		At
		Select *Select
	}
	// Copy writes the rows of a query to the client.
	Copy struct {
		At
		Select *Select
		CSV    bool
		Header bool
	}
	// Nothing is a command that clients send and that has no effect here; Tag
	// is what is answered.
	Nothing struct {
		At
		Tag string
	}
	// Other is a command that is not offered, by its first word.
	Other struct {
		At
		Word string
	}
)
