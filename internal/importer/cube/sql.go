package cube

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
)

// Marks of what stood in braces, in names that no SQL has.
const (
	columnMark = "@column"
	memberMark = "@member:"
)

var (
	ownColumn = regexp.MustCompile(`\$?\{\s*CUBE\s*\}\s*\.\s*(\w+|"[^"]+")`)
	ofCube    = regexp.MustCompile(`\$?\{\s*(\w+)\s*\}\s*\.\s*(\w+|"[^"]+")`)
	member    = regexp.MustCompile(`\$?\{\s*((?:\w+\.)*\w+)\s*\}`)
	special   = regexp.MustCompile(`FILTER_PARAMS|FILTER_GROUP|SECURITY_CONTEXT|COMPILE_CONTEXT|SQL_UTILS|\{%|\{\{`)
)

var errTemplate = errors.New("it is a template that is filled in for each question")

// marked replaces what stands in braces with names.
func marked(sql string, cubes map[string]*cube) (string, error) {
	if special.MatchString(sql) {
		return "", errTemplate
	}
	sql = ownColumn.ReplaceAllString(sql, "`"+columnMark+"`.$1")
	sql = ofCube.ReplaceAllStringFunc(sql, func(s string) string {
		p := ofCube.FindStringSubmatch(s)
		if cubes[p[1]] == nil {
			return s
		}
		return "`" + columnMark + ":" + p[1] + "`." + p[2]
	})
	sql = member.ReplaceAllString(sql, "`"+memberMark+"$1`")
	if strings.ContainsAny(sql, "{}") {
		return "", errTemplate
	}
	return sql, nil
}

// row takes over an expression over rows of a cube.
func (m *reader) row(c *cube, sql string) (string, error) {
	src, err := marked(sql, m.cubes)
	if err != nil {
		return "", err
	}
	return sqltext.MapNames(src, func(parts []string) ([]string, error) { return m.name(c, parts) })
}

// name finds what a name in a cube's SQL is here: a column, a dimension, or
// one of a cube that is joined.
func (m *reader) name(c *cube, parts []string) ([]string, error) {
	switch first := parts[0]; {
	case first == columnMark && len(parts) == 2:
		return []string{m.columnOf(c, parts[1])}, nil
	case strings.HasPrefix(first, columnMark+":") && len(parts) == 2:
		other := strings.TrimPrefix(first, columnMark+":")
		if other == c.name {
			return []string{m.columnOf(c, parts[1])}, nil
		}
		way, err := m.way(c, other)
		return []string{way, m.columnOf(m.cubes[other], parts[1])}, err
	case strings.HasPrefix(first, memberMark) && len(parts) == 1:
		return m.memberName(c, strings.Split(strings.TrimPrefix(first, memberMark), "."))
	case len(parts) == 1 && !strings.HasPrefix(first, "@"):
		return []string{m.columnOf(c, first)}, nil
	}
	return nil, fmt.Errorf("%s is no column of the cube", strings.Join(parts, "."))
}

func (m *reader) memberName(c *cube, parts []string) ([]string, error) {
	if parts[0] == "CUBE" || parts[0] == c.name {
		parts = parts[1:]
	}
	switch len(parts) {
	case 1:
		if name, ok := c.dimensions[parts[0]]; ok {
			return []string{name}, nil
		}
	case 2:
		if other := m.cubes[parts[0]]; other != nil {
			if name, ok := other.dimensions[parts[1]]; ok {
				way, err := m.way(c, parts[0])
				return []string{way, name}, err
			}
		}
	}
	return nil, fmt.Errorf("%s is no dimension that is taken over", strings.Join(parts, "."))
}

// way is the relationship that leads to another cube.
func (m *reader) way(c *cube, other string) (string, error) {
	for _, r := range c.spec.Relationships {
		if o := m.cubes[other]; o != nil && r.To == o.dataset {
			return r.Name, nil
		}
	}
	return "", fmt.Errorf("there is no join from %s to %s", c.name, other)
}

// columnOf gives the name here of a column there; one that no dimension shows
// is added as text.
func (m *reader) columnOf(c *cube, column string) string {
	column = strings.Trim(column, "\"`")
	if name, ok := c.columns[strings.ToLower(column)]; ok {
		return name
	}
	name := c.names.Take(column)
	c.columns[strings.ToLower(column)] = name
	col := semantic.Column{Name: name, Type: m.typeOf(c, column)}
	if name != column {
		col.Source = column
	}
	c.spec.Columns = append(c.spec.Columns, col)
	return name
}
