package pgcat

import (
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgsql"
)

// OID identifies a type on the wire.
type OID uint32

// The types that columns and parameters have, by PostgreSQL's numbers.
const (
	Unknown     OID = 705
	Bool        OID = 16
	Char        OID = 18
	Name        OID = 19
	Int8        OID = 20
	Int2        OID = 21
	Int2Vector  OID = 22
	Int4        OID = 23
	RegProc     OID = 24
	Text        OID = 25
	OIDType     OID = 26
	XID         OID = 28
	OIDVector   OID = 30
	JSON        OID = 114
	Float4      OID = 700
	Float8      OID = 701
	ACLItem     OID = 1033
	BPChar      OID = 1042
	Varchar     OID = 1043
	Date        OID = 1082
	Time        OID = 1083
	Timestamp   OID = 1114
	TimestampTZ OID = 1184
	IntervalOID OID = 1186
	TimeTZ      OID = 1266
	Numeric     OID = 1700
	RegClass    OID = 2205
	RegType     OID = 2206
	Record      OID = 2249
	Void        OID = 2278
	UUID        OID = 2950
	JSONB       OID = 3802
	RegNS       OID = 4089
	RegRole     OID = 4096
	Bytea       OID = 17

	BoolArray      OID = 1000
	Int2Array      OID = 1005
	Int4Array      OID = 1007
	TextArray      OID = 1009
	Int8Array      OID = 1016
	VarcharArray   OID = 1015
	NameArray      OID = 1003
	CharArray      OID = 1002
	OIDArray       OID = 1028
	Float8Array    OID = 1022
	ACLItemArray   OID = 1034
	NumericArray   OID = 1231
	DateArray      OID = 1182
	TimestampArray OID = 1115
	TZArray        OID = 1185
)

// typeInfo is a row of pg_type.
type typeInfo struct {
	oid      OID
	name     string // internal
	sql      string // as format_type writes it
	length   int
	kind     string // typcategory
	array    OID
	element  OID
	byValue  bool
	typeType string // b base, p pseudo
}

var allTypes = []typeInfo{
	{Bool, "bool", "boolean", 1, "B", BoolArray, 0, true, "b"},
	{Bytea, "bytea", "bytea", -1, "U", 0, 0, false, "b"},
	{Char, "char", `"char"`, 1, "Z", CharArray, 0, true, "b"},
	{Name, "name", "name", 64, "S", NameArray, Char, false, "b"},
	{Int8, "int8", "bigint", 8, "N", Int8Array, 0, true, "b"},
	{Int2, "int2", "smallint", 2, "N", Int2Array, 0, true, "b"},
	{Int2Vector, "int2vector", "int2vector", -1, "A", 0, Int2, false, "b"},
	{Int4, "int4", "integer", 4, "N", Int4Array, 0, true, "b"},
	{RegProc, "regproc", "regproc", 4, "N", 0, 0, true, "b"},
	{Text, "text", "text", -1, "S", TextArray, 0, false, "b"},
	{OIDType, "oid", "oid", 4, "N", OIDArray, 0, true, "b"},
	{XID, "xid", "xid", 4, "U", 0, 0, true, "b"},
	{OIDVector, "oidvector", "oidvector", -1, "A", 0, OIDType, false, "b"},
	{JSON, "json", "json", -1, "U", 0, 0, false, "b"},
	{Float4, "float4", "real", 4, "N", 0, 0, true, "b"},
	{Float8, "float8", "double precision", 8, "N", Float8Array, 0, true, "b"},
	{Unknown, "unknown", "unknown", -2, "X", 0, 0, false, "p"},
	{ACLItem, "aclitem", "aclitem", 12, "U", ACLItemArray, 0, false, "b"},
	{BPChar, "bpchar", "character", -1, "S", 0, 0, false, "b"},
	{Varchar, "varchar", "character varying", -1, "S", VarcharArray, 0, false, "b"},
	{Date, "date", "date", 4, "D", DateArray, 0, true, "b"},
	{Time, "time", "time without time zone", 8, "D", 0, 0, true, "b"},
	{Timestamp, "timestamp", "timestamp without time zone", 8, "D", TimestampArray, 0, true, "b"},
	{TimestampTZ, "timestamptz", "timestamp with time zone", 8, "D", TZArray, 0, true, "b"},
	{IntervalOID, "interval", "interval", 16, "T", 0, 0, false, "b"},
	{TimeTZ, "timetz", "time with time zone", 12, "D", 0, 0, false, "b"},
	{Numeric, "numeric", "numeric", -1, "N", NumericArray, 0, false, "b"},
	{RegClass, "regclass", "regclass", 4, "N", 0, 0, true, "b"},
	{RegType, "regtype", "regtype", 4, "N", 0, 0, true, "b"},
	{Record, "record", "record", -1, "P", 0, 0, false, "p"},
	{Void, "void", "void", 4, "P", 0, 0, true, "p"},
	{UUID, "uuid", "uuid", 16, "U", 0, 0, false, "b"},
	{JSONB, "jsonb", "jsonb", -1, "U", 0, 0, false, "b"},
	{RegNS, "regnamespace", "regnamespace", 4, "N", 0, 0, true, "b"},
	{RegRole, "regrole", "regrole", 4, "N", 0, 0, true, "b"},
	{BoolArray, "_bool", "boolean[]", -1, "A", 0, Bool, false, "b"},
	{Int2Array, "_int2", "smallint[]", -1, "A", 0, Int2, false, "b"},
	{Int4Array, "_int4", "integer[]", -1, "A", 0, Int4, false, "b"},
	{TextArray, "_text", "text[]", -1, "A", 0, Text, false, "b"},
	{Int8Array, "_int8", "bigint[]", -1, "A", 0, Int8, false, "b"},
	{VarcharArray, "_varchar", "character varying[]", -1, "A", 0, Varchar, false, "b"},
	{NameArray, "_name", "name[]", -1, "A", 0, Name, false, "b"},
	{CharArray, "_char", `"char"[]`, -1, "A", 0, Char, false, "b"},
	{OIDArray, "_oid", "oid[]", -1, "A", 0, OIDType, false, "b"},
	{Float8Array, "_float8", "double precision[]", -1, "A", 0, Float8, false, "b"},
	{ACLItemArray, "_aclitem", "aclitem[]", -1, "A", 0, ACLItem, false, "b"},
	{NumericArray, "_numeric", "numeric[]", -1, "A", 0, Numeric, false, "b"},
	{DateArray, "_date", "date[]", -1, "A", 0, Date, false, "b"},
	{TimestampArray, "_timestamp", "timestamp without time zone[]", -1, "A", 0, Timestamp, false, "b"},
	{TZArray, "_timestamptz", "timestamp with time zone[]", -1, "A", 0, TimestampTZ, false, "b"},
}

var typeByOID, typeByName = func() (map[OID]*typeInfo, map[string]*typeInfo) {
	byOID, byName := map[OID]*typeInfo{}, map[string]*typeInfo{}
	for i := range allTypes {
		t := &allTypes[i]
		byOID[t.oid], byName[t.name] = t, t
	}
	return byOID, byName
}()

// Size is a type's length as RowDescription has it.
func (o OID) Size() int {
	if t := typeByOID[o]; t != nil {
		return t.length
	}
	return -1
}

// Element is the type of an array's elements; 0 when it is no array.
func (o OID) Element() OID {
	if t := typeByOID[o]; t != nil && t.kind == "A" {
		return t.element
	}
	return 0
}

// ArrayOf is the array type over a type; TextArray when there is none.
func (o OID) ArrayOf() OID {
	if t := typeByOID[o]; t != nil && t.array != 0 {
		return t.array
	}
	return TextArray
}

// String is the name that format_type gives.
func (o OID) String() string {
	if t := typeByOID[o]; t != nil {
		return t.sql
	}
	return "???"
}

// Known reports whether the type is in the catalogue.
func (o OID) Known() bool { return typeByOID[o] != nil }

func (o OID) isText() bool {
	return o == Text || o == Varchar || o == BPChar || o == Name || o == Char || o == Unknown
}

func (o OID) isNumber() bool {
	switch o {
	case Int2, Int4, Int8, Float4, Float8, Numeric, OIDType:
		return true
	}
	return false
}

// IsTime reports whether values are dates or timestamps.
func (o OID) IsTime() bool { return o == Date || o == Timestamp || o == TimestampTZ }

func (o OID) isReg() bool {
	return o == RegClass || o == RegType || o == RegProc || o == RegNS || o == RegRole
}

// TypeOf maps a type of the expression language to one of the wire.
func TypeOf(t expr.Type) OID {
	switch t {
	case expr.Integer:
		return Int8
	case expr.Decimal:
		return Numeric
	case expr.Float:
		return Float8
	case expr.Boolean:
		return Bool
	case expr.Date:
		return Date
	case expr.Timestamp:
		return TimestampTZ
	}
	return Text
}

// TypeNamed is the type that a statement names; Unknown when it is not known.
func TypeNamed(t pgsql.Type) OID {
	info := typeByName[t.Name]
	if info == nil {
		return Unknown
	}
	if t.Array {
		return info.oid.ArrayOf()
	}
	return info.oid
}

// CastTo writes a cast of an expression to a type.
func CastTo(x pgsql.Expr, t OID) pgsql.Expr {
	at := pgsql.At(x.Pos())
	if el := t.Element(); el != 0 && typeByOID[el] != nil {
		return &pgsql.Cast{At: at, X: x, To: pgsql.Type{At: at, Name: typeByOID[el].name, Array: true}}
	}
	if info := typeByOID[t]; info != nil {
		return &pgsql.Cast{At: at, X: x, To: pgsql.Type{At: at, Name: info.name}}
	}
	return x
}
