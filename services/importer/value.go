package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// maxIndex is the last of the elements of a list that a column may name.
const maxIndex = 19

// step is a part of the way to a field: the field, and which element of a list.
type step struct {
	field protoreflect.FieldDescriptor
	index int
}

// resolve finds a field by its names in JSON: in the row, else in the row's complaint.
func resolve(path string) ([]step, error) {
	if strings.TrimSpace(path) == "" {
		return nil, errors.New("no field is named")
	}
	row := (&intakev1.ImportRow{}).ProtoReflect().Descriptor()
	parts := strings.Split(path, ".")
	if byName(row, parts[0]) == nil {
		parts = append([]string{"complaint"}, parts...)
	}
	var steps []step
	message := row
	for i := 0; i < len(parts); i++ {
		if message == nil {
			return nil, fmt.Errorf("%q: nothing can be within %q", path, parts[i-1])
		}
		next := step{field: byName(message, parts[i]), index: -1}
		if next.field == nil {
			return nil, fmt.Errorf("%q: a row has no such field", path)
		}
		if next.field.IsList() && i+1 < len(parts) {
			i++
			index, err := strconv.Atoi(parts[i])
			if err != nil || index < 0 || index > maxIndex {
				return nil, fmt.Errorf("%q: %q is no number from 0 to %d", path, parts[i], maxIndex)
			}
			next.index = index
		}
		steps = append(steps, next)
		if message = next.field.Message(); leaf(next.field) {
			message = nil
		}
	}
	if last := steps[len(steps)-1]; !leaf(last.field) || last.field.IsList() && last.field.Message() != nil && last.index < 0 {
		return nil, fmt.Errorf("%q: a cell cannot hold all of it; name a field within", path)
	}
	return steps, nil
}

// pathOf names a field by its names in JSON from the row on, however it was written.
func pathOf(steps []step) string {
	var path []string
	for _, next := range steps {
		path = append(path, next.field.JSONName())
		if next.index >= 0 {
			path = append(path, strconv.Itoa(next.index))
		}
	}
	return strings.Join(path, ".")
}

func byName(message protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := message.Fields().ByJSONName(name); field != nil {
		return field
	}
	return message.Fields().ByName(protoreflect.Name(name))
}

// leaf tells whether a cell can hold the field.
func leaf(field protoreflect.FieldDescriptor) bool {
	if field.Message() == nil {
		return true
	}
	switch field.Message().FullName() {
	case "google.protobuf.Timestamp", "google.type.Money":
		return true
	default:
		return false
	}
}

// setter puts the cells of one column into rows.
type setter struct {
	column Column
	path   []step
	zone   *time.Location
}

// set puts a cell into a row. The error does not repeat the cell, which may be personal.
func (s *setter) set(row *intakev1.ImportRow, cell string) error {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		cell = s.column.Default
	}
	if value, ok := s.column.Values[cell]; ok {
		cell = value
	}
	if cell == "" {
		return nil
	}
	message := row.ProtoReflect()
	for i, next := range s.path {
		last := i == len(s.path)-1
		switch {
		case !last && next.index < 0:
			message = message.Mutable(next.field).Message()
		case !last:
			message = element(message.Mutable(next.field).List(), next.index)
		case next.field.IsList():
			return s.extend(message.Mutable(next.field).List(), next, cell)
		default:
			value, err := s.value(next.field, cell)
			if err != nil {
				return err
			}
			message.Set(next.field, value)
		}
	}
	return nil
}

// element is one of a list of messages, which grows to have it.
func element(list protoreflect.List, index int) protoreflect.Message {
	for list.Len() <= index {
		list.AppendMutable()
	}
	return list.Get(index).Message()
}

// extend adds the values of a cell to a list.
func (s *setter) extend(list protoreflect.List, to step, cell string) error {
	cells := []string{cell}
	if s.column.Split != "" {
		cells = strings.Split(cell, s.column.Split)
	}
	for _, text := range cells {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		value, err := s.value(to.field, text)
		if err != nil {
			return err
		}
		list.Append(value)
	}
	return nil
}

// value reads a cell as the field has it.
func (s *setter) value(field protoreflect.FieldDescriptor, cell string) (protoreflect.Value, error) {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(cell), nil
	case protoreflect.EnumKind:
		if value := field.Enum().Values().ByName(protoreflect.Name(cell)); value != nil {
			return protoreflect.ValueOfEnum(value.Number()), nil
		}
		return protoreflect.Value{}, errors.New("the value is no name of one of the field's values; turn it into one with values")
	case protoreflect.BoolKind:
		value, err := strconv.ParseBool(cell)
		if err != nil {
			return protoreflect.Value{}, errors.New("the value is no true or false")
		}
		return protoreflect.ValueOfBool(value), nil
	case protoreflect.MessageKind:
		if field.Message().FullName() == "google.type.Money" {
			amount, err := parseMoney(cell, s.column.Currency)
			return protoreflect.ValueOfMessage(amount.ProtoReflect()), err
		}
		at, err := s.time(cell)
		return protoreflect.ValueOfMessage(timestamppb.New(at).ProtoReflect()), err
	default:
		return protoreflect.Value{}, errors.New("a cell cannot hold this field")
	}
}

// time reads a time: by the column's layout, or as times are usually written.
func (s *setter) time(cell string) (time.Time, error) {
	layouts := []string{time.RFC3339, "2006-01-02 15:04:05Z07:00"}
	if s.column.Layout != "" {
		layouts = []string{s.column.Layout}
	} else if s.zone != nil {
		layouts = append(layouts, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02",
			"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006年1月2日 15:04", "2006年1月2日")
	}
	zone := s.zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, cell, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("the value is no time that the mapping can read; give the column a layout and a zone")
}

// parseMoney reads "1,234.50", with its currency behind it or the column's.
func parseMoney(cell, currency string) (*money.Money, error) {
	amount, own, found := strings.Cut(cell, " ")
	if found {
		currency = strings.TrimSpace(own)
	}
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(amount, ",", ""), ".")
	if len(fraction) > 9 || whole == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, errors.New("the value is no amount such as 500 or 500.00 CNY")
	}
	units, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return nil, errors.New("the value is too large for an amount")
	}
	nanos, err := strconv.ParseInt(fraction+strings.Repeat("0", 9-len(fraction)), 10, 32)
	if err != nil {
		return nil, errors.New("the value is no amount")
	}
	return &money.Money{CurrencyCode: currency, Units: units, Nanos: int32(nanos)}, nil
}
