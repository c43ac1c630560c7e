package remedy

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/page"
)

// DeductionStore reads and exports deductions; they are changed by Store.Change.
type DeductionStore interface {
	// Deduction reads one; ErrUnknown when there is none.
	Deduction(ctx context.Context, complaint, id string) (Deduction, error)
	// Pays reads what was told of somebody's pay of a month, the first first.
	Pays(ctx context.Context, agent, month string) ([]Pay, error)
	// Deductions lists them, the oldest first.
	Deductions(ctx context.Context, query DeductionQuery) ([]Deduction, error)
	// Export has mark judge what is confirmed for a month and not exported, so much at most, writes what it made of it, with the events of it,
	// and answers with it: all of it or nothing, each once whoever exports at the same time. What follows a ruling that an appeal waits
	// against stays. A command that is repeated is answered with what it exported the first time.
	Export(ctx context.Context, export Export, mark func(*Deduction) eventlog.Draft) ([]Deduction, error)
}

// DeductionQuery selects deductions.
type DeductionQuery struct {
	// Complaint is the complaint's id; empty for all.
	Complaint string
	// Batch is the call that suggested them; empty for any.
	Batch string
	// Subject is who may see those alone that concern them or that they suggested; empty for all.
	Subject string
	// Filter is the caller's.
	Filter string
	// Now is when this is asked: who has let the time to be heard pass was heard.
	Now time.Time
	// After is where the page before ended; nil for the first page.
	After *DeductionPosition
	// Limit is how many to read at most.
	Limit int
}

// DeductionPosition is a place in the order of deductions.
type DeductionPosition struct {
	// Time is the create time there, ID the id.
	Time time.Time
	ID   string
}

// Export says what is exported, and on whose account.
type Export struct {
	// Month is the month.
	Month string
	// Limit is how many at most.
	Limit int
	// Command is the call; ID is what it is known by from then on.
	Command idem.Command
	ID      string
}

// exportMost is how many deductions are exported at once.
const exportMost = 1000

// ExportDeductions hands out what was confirmed for a month and not exported yet, each once (ACC-1). A firm's own system goes on from there;
// nothing here touches anyone's pay.
func (s *Service) ExportDeductions(
	ctx context.Context, req *remedyv1.ExportDeductionsRequest,
) (*remedyv1.ExportDeductionsResponse, error) {
	command, _ := idem.FromContext(ctx)
	export := Export{Month: req.GetMonth(), Limit: exportMost, Command: command, ID: s.deps.IDs.ID()}
	list, err := s.deps.Deductions.Export(ctx, export, func(d *Deduction) eventlog.Draft {
		now := s.now()
		d.State, d.Export = remedyv1.Deduction_EXPORTED, export.ID
		d.touched(now)
		return eventlog.Draft{
			Subject: complaintName(d.Complaint), Cycle: d.Cycle, Actor: caller(ctx).Subject, RecordTime: now, Payload: changed(d),
		}
	})
	if err != nil {
		return nil, err
	}
	return &remedyv1.ExportDeductionsResponse{Deductions: s.deductions(list)}, nil
}

// GetDeduction reads a deduction, to those whom it is listed to. Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetDeduction(ctx context.Context, req *remedyv1.GetDeductionRequest) (*remedyv1.Deduction, error) {
	return s.readDeduction(ctx, req.GetName())
}

// ListDeductions lists deductions, the oldest first: to HR and auditors all, to others those that concern them or that they suggested.
// Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListDeductions(ctx context.Context, req *remedyv1.ListDeductionsRequest) (*remedyv1.ListDeductionsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	query := DeductionQuery{Filter: req.GetFilter(), Now: s.now(), Limit: int(size) + 1}
	if id, ok := complaintID(req.GetParent()); ok && id != "-" {
		query.Complaint = id
	}
	if !mayEvery(ctx) {
		query.Subject = caller(ctx).Subject
	}
	bind := "deductions\x00" + query.Complaint + "\x00" + query.Filter + "\x00" + query.Subject
	cursor, err := s.deps.Pages.Decode(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	if cursor != nil {
		if query.After, err = deductionPosition(cursor); err != nil {
			return nil, err
		}
	}
	list, err := s.deps.Deductions.Deductions(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListDeductionsResponse{}
	if len(list) == query.Limit {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.CreateTime, last.ID), bind)
	}
	resp.Deductions = s.deductions(list)
	return resp, nil
}

// deductionPosition reads what place wrote.
func deductionPosition(cursor []string) (*DeductionPosition, error) {
	if len(cursor) != 2 {
		return nil, page.ErrToken
	}
	at, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	return &DeductionPosition{Time: time.UnixMicro(at).UTC(), ID: cursor[1]}, nil
}

// deductions are some as callers see them.
func (s *Service) deductions(list []Deduction) []*remedyv1.Deduction {
	now := s.now()
	all := make([]*remedyv1.Deduction, 0, len(list))
	for i := range list {
		d := &list[i]
		m := &remedyv1.Deduction{
			Name: d.Name(), State: d.Stands(now), Agent: d.Agent, AsManager: d.AsManager, Ruling: d.Ruling, Reason: d.Reason,
			Computation: d.Computation, Loss: s.rules.shown(s.rules.FromMinor(d.Loss)), Amount: s.rules.shown(s.rules.FromMinor(d.Amount)),
			Month: d.Month, HearTime: timestamp(d.HearTime), AppealTime: timestamp(d.AppealTime), Answer: d.Answer, Grounds: d.Grounds,
			Decision: d.Decision, Proposer: d.Proposer, Decider: d.Decider, CreateTime: timestamppb.New(d.CreateTime),
			UpdateTime: timestamppb.New(d.UpdateTime), Etag: deductionEtag(d), ToldTime: timestamp(d.ToldTime), ToldEvidence: d.ToldEvidence,
		}
		if d.Duty != "" {
			m.Duty = complaintName(d.Complaint) + "/duties/" + d.Duty
		}
		all = append(all, m)
	}
	return all
}
