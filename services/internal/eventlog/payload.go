package eventlog

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// TypeOf is the event type of a payload: the name of the field that is set,
// such as "complaint_received"; empty when none is.
func TypeOf(p *eventv1.Payload) string {
	m := p.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind"))
	if field == nil {
		return ""
	}
	return string(field.Name())
}

// Decode reads what an event tells. A payload that cannot be read, or that is
// of another kind than the event's type says, is INVALID_ARGUMENT with reason
// INVALID_FIELD. A kind that this release does not know yet is returned as it
// is, with an empty TypeOf, for receivers to ignore.
func Decode(e *eventv1.Event) (*eventv1.Payload, error) {
	p := &eventv1.Payload{}
	if err := proto.Unmarshal(e.GetPayload(), p); err != nil {
		return nil, invalidPayload("The payload cannot be read.").Wrap(err)
	}
	kind, unknown := TypeOf(p), len(p.ProtoReflect().GetUnknown()) > 0
	if kind == "" && !unknown || kind != "" && kind != e.GetType() {
		return nil, invalidPayload("The payload is not of the type that the event names.")
	}
	return p, nil
}

func invalidPayload(message string) *errs.Error {
	return errs.Invalid(errorv1.Reason_INVALID_FIELD.String(), "event.payload", "%s", message)
}

// marshal is deterministic only so that equal drafts give equal bytes; what is
// hashed is what was stored.
func marshal(p *eventv1.Payload) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("eventlog: payload: %w", err)
	}
	return b, nil
}
