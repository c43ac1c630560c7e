package roster

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// ParseCSV reads agents from a table whose first line names the columns: name, displayName, department, teams, supervisor,
// takesComplaints, skills, languages, capacity, active. Several values in a cell are separated by ";", a skill is "refunds=4". Names may be
// written as ids alone. An empty cell empties the field, but for active and takesComplaints, which are true or false.
func ParseCSV(in io.Reader, source string) ([]Entry, error) {
	rows := csv.NewReader(in)
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: the columns cannot be read: %w", source, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	var entries []Entry
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return checked(entries)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		entry, err := readRow(header, row)
		if err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("%s:%d: %w", source, line, err)
		}
		entries = append(entries, entry)
	}
}

func readRow(header, row []string) (Entry, error) {
	agent := &routingv1.Agent{}
	var fields []protoreflect.FieldDescriptor
	for i, column := range header {
		column = strings.TrimSpace(column)
		if err := setCell(agent, column, strings.TrimSpace(row[i])); err != nil {
			return Entry{}, fmt.Errorf("column %s: %w", column, err)
		}
		if column != "name" {
			fields = append(fields, agent.ProtoReflect().Descriptor().Fields().ByJSONName(column))
		}
	}
	for i, team := range agent.GetTeams() {
		if !strings.Contains(team, "/") {
			agent.Teams[i] = agent.GetDepartment() + "/teams/" + team
		}
	}
	return Entry{Resource: agent, Fields: fields}, nil
}

// setCell reads one cell.
func setCell(agent *routingv1.Agent, column, cell string) (err error) {
	switch column {
	case "name":
		agent.Name = in("agents/", cell)
	case "displayName":
		agent.DisplayName = cell
	case "department":
		agent.Department = in("departments/", cell)
	case "supervisor":
		agent.Supervisor = in("agents/", cell)
	case "teams":
		agent.Teams = values(cell)
	case "languages":
		agent.Languages = values(cell)
	case "skills":
		agent.Skills, err = skills(cell)
	case "takesComplaints":
		agent.TakesComplaints, err = strconv.ParseBool(cell)
	case "active":
		var active bool
		active, err = strconv.ParseBool(cell)
		agent.Active = proto.Bool(active)
	case "capacity":
		if cell != "" {
			var capacity int64
			capacity, err = strconv.ParseInt(cell, 10, 32)
			agent.Capacity = proto.Int32(int32(capacity))
		}
	default:
		err = errors.New("there is no such column; shifts and absences are written in YAML")
	}
	return err
}

// in completes an id to a name; nothing stays nothing.
func in(collection, cell string) string {
	if cell == "" || strings.HasPrefix(cell, collection) {
		return cell
	}
	return collection + cell
}

func values(cell string) (list []string) {
	for value := range strings.SplitSeq(cell, ";") {
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, value)
		}
	}
	return list
}

func skills(cell string) (list []*routingv1.Skill, err error) {
	for _, value := range values(cell) {
		name, text, _ := strings.Cut(value, "=")
		level, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is not like refunds=4", value)
		}
		list = append(list, &routingv1.Skill{Name: strings.TrimSpace(name), Level: int32(level)})
	}
	return list, nil
}
