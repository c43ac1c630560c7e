package remedy

import (
	"context"
	"strconv"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetApproval reads an approval with its evidence. Errors: RESOURCE_NOT_FOUND.
func (s *Service) GetApproval(ctx context.Context, req *remedyv1.GetApprovalRequest) (*remedyv1.Approval, error) {
	return s.readApproval(ctx, approvalID(req.GetName()))
}

// ListApprovals lists approvals, the next due first, without their evidence. A filter goes by what is on record: who was to decide until a
// moment ago is still found by it. Errors: FILTER_INVALID, PAGE_TOKEN_INVALID, INVALID_FIELD.
func (s *Service) ListApprovals(ctx context.Context, req *remedyv1.ListApprovalsRequest) (*remedyv1.ListApprovalsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, err
	}
	bind := "approvals\x00" + req.GetFilter()
	query := ApprovalQuery{Filter: req.GetFilter(), Digits: s.rules.Digits, Limit: int(size) + 1}
	if query.After, err = s.approvalPosition(req.GetPageToken(), bind); err != nil {
		return nil, err
	}
	list, err := s.deps.Approvals.Approvals(ctx, query)
	if err != nil {
		return nil, err
	}
	resp := &remedyv1.ListApprovalsResponse{}
	if len(list) > int(size) {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = s.deps.Pages.Encode(place(last.step().DueTime, last.ID), bind)
	}
	reader := s.reader(ctx)
	for i := range list {
		m, err := reader.approval(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		resp.Approvals = append(resp.Approvals, m)
	}
	return resp, nil
}

// approvalPosition reads a page token; nil for the first page.
func (s *Service) approvalPosition(token, bind string) (*ApprovalPosition, error) {
	cursor, err := s.deps.Pages.Decode(token, bind)
	if err != nil || cursor == nil {
		return nil, err
	}
	if len(cursor) != 2 {
		return nil, page.ErrToken
	}
	at, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return nil, page.ErrToken
	}
	return &ApprovalPosition{DueTime: time.UnixMicro(at).UTC(), ID: cursor[1]}, nil
}

// readApproval is the approval of an id with its evidence, as the caller may see it.
func (s *Service) readApproval(ctx context.Context, id string) (*remedyv1.Approval, error) {
	stored, err := s.deps.Approvals.Approval(ctx, id)
	if err != nil {
		return nil, s.noApproval(err, approvalName(id))
	}
	reader := s.reader(ctx)
	m, err := reader.approval(ctx, &stored)
	if err != nil {
		return nil, err
	}
	m.Evidence, err = reader.evidence(ctx, &stored)
	return m, err
}

// approval is an approval as the caller may see it, and as it stands at this moment, whether or not anybody has recorded that (CLK-1).
func (r *reader) approval(ctx context.Context, stored *Approval) (*remedyv1.Approval, error) {
	rules, a := r.service.rules, stored.clone()
	a.settle(r.service.now(), rules.patience(a.Urgent))
	at := a.step()
	m := &remedyv1.Approval{
		Name: a.name(), Remedy: a.remedy(), Version: a.Revision, Cycle: a.Cycle, State: a.State, Level: int32(at.Level), Needed: a.Needed,
		Approver: at.Approver, DueTime: timestamp(at.DueTime), RemindTime: timestamp(at.RemindTime), Amount: rules.proto(rules.FromMinor(a.Most)),
		Cash: a.Cash, Urgent: a.Urgent, BeyondCaps: a.Beyond, Proposer: a.Proposer, Department: a.Department,
		CreateTime: timestamp(a.CreateTime), EndTime: timestamp(a.EndTime), Etag: approvalEtag(stored),
	}
	for i, step := range a.Steps {
		comment, err := r.text(ctx, a.Customer, step.Comment, commentPlace(&a))
		if err != nil {
			return nil, err
		}
		m.Steps = append(m.Steps, &remedyv1.ApprovalStep{
			Level: int32(step.Level), Approver: step.Approver, BeginTime: timestamp(step.BeginTime), DueTime: timestamp(step.DueTime),
			EndTime: timestamp(step.EndTime), Outcome: step.Outcome, Decider: step.Decider, Comment: comment,
		})
		for _, p := range step.Passed {
			m.Steps[i].Passed = append(m.Steps[i].Passed, &remedyv1.ApproverPassedOver{Level: p.Level, Agent: p.Agent, Cause: p.Cause})
		}
	}
	return m, nil
}

// approvalEtag is the version as callers see it: in quotes, as HTTP has it.
func approvalEtag(a *Approval) string { return strconv.Quote(strconv.FormatInt(a.Version, 36)) }
