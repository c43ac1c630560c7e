package gateway

import (
	"fmt"
	"strconv"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/evidence"
)

// page is what the readable pages of the file say.
func (c *collection) page(manifest evidence.Manifest) evidence.Page {
	p := c.parts
	page := evidence.Page{Reference: manifest.Reference, Withheld: manifest.Withheld}
	for _, fact := range []struct {
		label string
		value evidence.Cell
	}{
		{"complaint", evidence.Text(c.name)},
		{"reference", evidence.Text(manifest.Reference)},
		{"state", evidence.Name(c.complaint.GetState().String())},
		{"severity", evidence.Text(c.complaint.GetSeverity().String())},
		{"cycle", evidence.Text(strconv.Itoa(int(c.complaint.GetCycle())))},
		{"receiveTime", c.time(c.complaint.GetReceiveTime())},
		{"statement", evidence.Text(c.complaint.GetStatement())},
		{"reader", evidence.Text(manifest.Reader)},
		{"roles", c.names(manifest.Roles)},
		{"madeTime", evidence.Text(manifest.MadeTime)},
		{"keyId", evidence.Text(manifest.KeyID)},
	} {
		page.Facts = append(page.Facts, evidence.Line{Label: fact.label, Value: fact.value})
	}
	page.Sections = append(page.Sections, c.duties(), c.attempts(), c.sent(), c.said(),
		told(c, "assessment", p.assessment), told(c, "record", p.record), told(c, "remedies", p.remedies), told(c, "approvals", p.approvals),
		told(c, "refusals", p.refusals), told(c, "promises", p.promises), told(c, "handOffs", p.handOffs), told(c, "escalations", p.escalations),
		told(c, "followUps", p.followUps), told(c, "outcomes", p.outcomes), c.attached(), c.story(), c.chains())
	return page
}

func (c *collection) duties() evidence.Section {
	s := evidence.Section{Title: "duties", Columns: []string{"kind", "cycle", "measure", "openTime", "dueTime", "factTime", "verdict", "breached", "state", "why"}}
	for _, d := range c.parts.duties {
		s.Rows = append(s.Rows, []evidence.Cell{
			evidence.Name(d.GetKind().String()), evidence.Text(strconv.Itoa(int(d.GetCycle()))), evidence.Name(d.GetMeasure().String()),
			c.time(d.GetOpenTime()), c.time(d.GetDueTime()), c.time(d.GetFactTime()), evidence.Name(d.GetVerdict().String()), yes(d.GetBreached()),
			evidence.Name(d.GetState().String()), evidence.Text(d.GetWhy()),
		})
	}
	return s
}

func (c *collection) attempts() evidence.Section {
	s := evidence.Section{Title: "callbacks", Columns: []string{"cycle", "attemptTime", "recordTime", "way", "outcome", "agent", "note", "judgement"}}
	for _, callback := range c.parts.callbacks {
		for _, a := range callback.GetAttempts() {
			s.Rows = append(s.Rows, []evidence.Cell{
				evidence.Text(lastOf(callback.GetName())), c.time(a.GetAttemptTime()), c.time(a.GetRecordTime()), evidence.Name(a.GetWay().String()),
				evidence.Name(a.GetOutcome().String()), evidence.Text(a.GetAgent()), evidence.Text(a.GetNote()), evidence.Name(a.GetJudgement().String()),
			})
		}
	}
	return s
}

func (c *collection) sent() evidence.Section {
	s := evidence.Section{Title: "notifications", Columns: []string{"kind", "template", "channel", "address", "state", "sendTime", "proof", "problem"}}
	for _, n := range c.parts.notifications {
		s.Rows = append(s.Rows, []evidence.Cell{
			evidence.Name(n.GetKind().String()), evidence.Text(n.GetTemplate()), evidence.Text(n.GetChannel()), evidence.Text(n.GetAddress()),
			evidence.Name(n.GetState().String()), c.time(n.GetSendTime()), evidence.Text(n.GetProof()), evidence.Text(n.GetProblem()),
		})
	}
	return s
}

func (c *collection) said() evidence.Section {
	s := evidence.Section{Title: "messages", Columns: []string{"createTime", "author", "actor", "way", "text"}}
	for _, m := range c.parts.messages {
		s.Rows = append(s.Rows, []evidence.Cell{
			c.time(m.GetCreateTime()), evidence.Name(m.GetAuthor().String()), evidence.Text(m.GetActor()), evidence.Name(m.GetWay().String()), evidence.Text(m.GetText()),
		})
	}
	return s
}

// attached tells files by what the logs have, which everybody may see, and by what the caller may see beside it.
func (c *collection) attached() evidence.Section {
	s := evidence.Section{Title: "attachments", Columns: []string{"attachment", "fileName", "mediaType", "sizeBytes", "sha256", "storedSha256", "quarantined"}}
	names, digests := map[string]string{}, map[string]string{}
	for _, a := range c.parts.attachments {
		names[a.GetName()], digests[a.GetName()] = a.GetFileName(), a.GetSha256()
	}
	for _, log := range c.logs {
		for _, e := range log.events {
			payload := &eventv1.Payload{}
			if proto.Unmarshal(e.GetPayload(), payload) != nil || payload.GetAttachmentAdded() == nil {
				continue
			}
			a := payload.GetAttachmentAdded()
			s.Rows = append(s.Rows, []evidence.Cell{
				evidence.Text(a.GetAttachment()), evidence.Text(names[a.GetAttachment()]), evidence.Text(a.GetMediaType()),
				evidence.Text(strconv.FormatInt(a.GetSizeBytes(), 10)), evidence.Text(digests[a.GetAttachment()]),
				evidence.Text(fmt.Sprintf("%x", a.GetStoredSha256())), yes(a.GetQuarantined()),
			})
		}
	}
	return s
}

func (c *collection) story() evidence.Section {
	s := evidence.Section{Title: "timeline", Columns: []string{"recordTime", "actor", "source", "type", "summary"}}
	for _, e := range c.timeline {
		s.Rows = append(s.Rows, []evidence.Cell{
			c.time(e.GetRecordTime()), evidence.Text(e.GetActor()), evidence.Text(e.GetSource()), evidence.Text(e.GetType()), evidence.Text(e.GetSummary()),
		})
	}
	return s
}

func (c *collection) chains() evidence.Section {
	s := evidence.Section{Title: "chains", Columns: []string{"source", "events", "intact", "checkpoint", "findings"}}
	for _, log := range c.logs {
		var findings []evidence.Line
		for _, f := range log.verified.GetFindings() {
			findings = append(findings, evidence.Line{Label: strconv.FormatInt(f.GetSequence(), 10), Value: evidence.Text(f.GetProblem())})
		}
		checkpoint := evidence.Text("")
		if head := log.verified.GetHead(); head != nil {
			checkpoint = evidence.Text(fmt.Sprintf("%d: %x", head.GetSequence(), head.GetDigest()))
		}
		s.Rows = append(s.Rows, []evidence.Cell{
			evidence.Text(log.source), evidence.Text(strconv.Itoa(len(log.events))), yes(log.verified.GetIntact()), checkpoint, {Lines: findings},
		})
	}
	return s
}

// told tells messages of the contract, each by the fields that are set.
func told[M proto.Message](c *collection, title string, messages []M) evidence.Section {
	s := evidence.Section{Title: title, Columns: []string{"content"}}
	for _, m := range messages {
		if lines := c.lines(m.ProtoReflect()); len(lines) > 0 {
			s.Rows = append(s.Rows, []evidence.Cell{{Lines: lines}})
		}
	}
	return s
}

// lines are the fields of a message that are set, in the order of the contract.
func (c *collection) lines(m protoreflect.Message) (lines []evidence.Line) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !m.Has(f) || f.Kind() == protoreflect.BytesKind || f.Name() == "etag" {
			continue
		}
		label, value := f.JSONName(), m.Get(f)
		switch {
		case f.IsMap():
		case f.IsList():
			for j := range value.List().Len() {
				lines = append(lines, evidence.Line{Label: label, Value: c.cell(f, value.List().Get(j))})
			}
		default:
			lines = append(lines, evidence.Line{Label: label, Value: c.cell(f, value)})
		}
	}
	return lines
}

// cell tells one value.
func (c *collection) cell(f protoreflect.FieldDescriptor, v protoreflect.Value) evidence.Cell {
	if f.Message() == nil {
		switch f.Kind() {
		case protoreflect.EnumKind:
			return evidence.Name(scalar(f, v))
		case protoreflect.BoolKind:
			return yes(v.Bool())
		default:
			return evidence.Text(v.String())
		}
	}
	switch m := v.Message().Interface().(type) {
	case *timestamppb.Timestamp:
		return c.time(m)
	case *durationpb.Duration:
		return evidence.Text(m.AsDuration().String())
	case *money.Money:
		return evidence.Text(amount(m))
	default:
		return evidence.Cell{Lines: c.lines(v.Message())}
	}
}

func (c *collection) names(list []string) evidence.Cell {
	var cell evidence.Cell
	for i, name := range list {
		cell.Lines = append(cell.Lines, evidence.Line{Label: strconv.Itoa(i + 1), Value: evidence.Name(name)})
	}
	return cell
}

// time tells a time in the zone of the firm.
func (c *collection) time(t *timestamppb.Timestamp) evidence.Cell {
	if t == nil {
		return evidence.Text("")
	}
	return evidence.Text(t.AsTime().In(c.service.zone).Format("2006-01-02 15:04:05 -0700"))
}

func yes(b bool) evidence.Cell {
	if b {
		return evidence.Name("yes")
	}
	return evidence.Name("no")
}
