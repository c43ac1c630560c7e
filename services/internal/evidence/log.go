package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// Log is what a pack has of one service's event log.
type Log struct {
	// Source is the service.
	Source string `json:"source"`
	// Verified is what the service itself found of these events when the pack was made, with its newest signed checkpoint.
	Verified json.RawMessage `json:"verified"`
	// Events are all of the complaint, in order, byte for byte as they were hashed.
	Events []json.RawMessage `json:"events"`
}

// NewLog writes a log's events as a file.
func NewLog(source string, verified *eventv1.VerifyEventsResponse, events []*eventv1.Event) (File, error) {
	log := Log{Source: source, Events: []json.RawMessage{}}
	var err error
	if log.Verified, err = raw(verified); err != nil {
		return File{}, err
	}
	for _, e := range events {
		text, err := raw(e)
		if err != nil {
			return File{}, err
		}
		log.Events = append(log.Events, text)
	}
	return JSON(LogFolder+source+".json", log)
}

// JSON writes a value as a file, the same value always alike.
func JSON(name string, value any) (File, error) {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return File{}, fmt.Errorf("evidence: %s: %w", name, err)
	}
	return File{Name: name, Content: append(content, '\n')}, nil
}

// Messages writes messages of the contract as a file: a list of them.
func Messages[M proto.Message](name string, messages []M) (File, error) {
	list := []json.RawMessage{}
	for _, m := range messages {
		text, err := raw(m)
		if err != nil {
			return File{}, err
		}
		list = append(list, text)
	}
	return JSON(name, list)
}

// raw writes a message without the spaces that protojson varies on purpose.
func raw(m proto.Message) (json.RawMessage, error) {
	text, err := protojson.MarshalOptions{}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return out.Bytes(), nil
}

// read is the inverse of NewLog.
func read(content []byte) (source string, verified *eventv1.VerifyEventsResponse, events []*eventv1.Event, err error) {
	var log Log
	if err := json.Unmarshal(content, &log); err != nil {
		return "", nil, nil, err
	}
	verified = &eventv1.VerifyEventsResponse{}
	if err := protojson.Unmarshal(log.Verified, verified); err != nil {
		return "", nil, nil, err
	}
	for _, text := range log.Events {
		e := &eventv1.Event{}
		if err := protojson.Unmarshal(text, e); err != nil {
			return "", nil, nil, err
		}
		events = append(events, e)
	}
	return log.Source, verified, events, nil
}
