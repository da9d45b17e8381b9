package expr

// Type is the type of a value.
type Type string

// The types. Null is the type of the literal NULL and fits all others.
const (
	Null      Type = "null"
	String    Type = "string"
	Integer   Type = "integer"
	Decimal   Type = "decimal"
	Float     Type = "float"
	Boolean   Type = "boolean"
	Date      Type = "date"
	Timestamp Type = "timestamp" // an instant; stored as naive UTC
)

// IsNumber reports whether arithmetic works on the type.
func (t Type) IsNumber() bool { return t == Integer || t == Decimal || t == Float }

// IsTime reports whether the type is Date or Timestamp.
func (t Type) IsTime() bool { return t == Date || t == Timestamp }
