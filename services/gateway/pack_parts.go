package gateway

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/evidence"
)

// packPage is how much of a list is asked for at a time.
const packPage = 200

// parts are what the owners say of a complaint.
type parts struct {
	duties        []*followupv1.Duty
	callbacks     []*followupv1.Callback
	notifications []*followupv1.Notification
	promises      []*followupv1.Promise
	followUps     []*followupv1.FollowUp
	messages      []*intakev1.Message
	attachments   []*intakev1.Attachment
	assessment    []*intakev1.CaseAssessment
	record        []*intakev1.Record
	remedies      []*remedyv1.Remedy
	approvals     []*remedyv1.Approval
	refusals      []*remedyv1.Refusal
	outcomes      []*reviewv1.Outcome
	handOffs      []*routingv1.HandOff
	escalations   []*routingv1.Escalation
}

// owners asks each owner, as the caller, for its part, in the order in which the file has them.
func (c *collection) owners(ctx context.Context) error {
	conn, p := c.service.deps.AsCaller, &c.parts
	steps := []func() error{
		func() error {
			return gather(c, "duties", &p.duties, func(string) ([]*followupv1.Duty, string, error) {
				answer, err := followupv1.NewFollowupServiceClient(conn).ListDuties(ctx, &followupv1.ListDutiesRequest{Parent: c.name})
				for _, d := range answer.GetDuties() {
					d.BudgetUsed = nil // It goes on while it is read, and follows from the times.
				}
				return answer.GetDuties(), "", err
			})
		},
		func() error {
			return gather(c, "callbacks", &p.callbacks, func(token string) ([]*followupv1.Callback, string, error) {
				answer, err := followupv1.NewFollowupServiceClient(conn).ListCallbacks(ctx,
					&followupv1.ListCallbacksRequest{Parent: c.name, PageSize: packPage, PageToken: token})
				return answer.GetCallbacks(), answer.GetNextPageToken(), err
			})
		},
		func() error { return c.told(ctx, conn, p) },
		func() error { return c.heard(ctx, conn, p) },
		func() error { return c.decided(ctx, conn, p) },
		func() error { return c.passed(ctx, conn, p) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// told adds what was sent to the customer and promised to them.
func (c *collection) told(ctx context.Context, conn grpc.ClientConnInterface, p *parts) error {
	err := gather(c, "notifications", &p.notifications, func(token string) ([]*followupv1.Notification, string, error) {
		answer, err := followupv1.NewNotificationServiceClient(conn).ListNotifications(ctx,
			&followupv1.ListNotificationsRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetNotifications(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	err = gather(c, "promises", &p.promises, func(token string) ([]*followupv1.Promise, string, error) {
		answer, err := followupv1.NewPromiseServiceClient(conn).ListPromises(ctx,
			&followupv1.ListPromisesRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetPromises(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	return gather(c, "followUps", &p.followUps, func(token string) ([]*followupv1.FollowUp, string, error) {
		answer, err := followupv1.NewSeriesServiceClient(conn).ListFollowUps(ctx,
			&followupv1.ListFollowUpsRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetFollowUps(), answer.GetNextPageToken(), err
	})
}

// heard adds what was said, what is on record of it, and what came with it.
func (c *collection) heard(ctx context.Context, conn grpc.ClientConnInterface, p *parts) error {
	err := gather(c, "messages", &p.messages, func(token string) ([]*intakev1.Message, string, error) {
		answer, err := intakev1.NewIntakeServiceClient(conn).ListMessages(ctx,
			&intakev1.ListMessagesRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetMessages(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	err = gather(c, "record", &p.record, func(string) ([]*intakev1.Record, string, error) {
		answer, err := intakev1.NewRecordServiceClient(conn).GetRecord(ctx, &intakev1.GetRecordRequest{Name: c.name + "/record"})
		return []*intakev1.Record{answer}, "", err
	})
	if err != nil {
		return err
	}
	return gather(c, "attachments", &p.attachments, func(token string) ([]*intakev1.Attachment, string, error) {
		answer, err := intakev1.NewAttachmentServiceClient(conn).ListAttachments(ctx,
			&intakev1.ListAttachmentsRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetAttachments(), answer.GetNextPageToken(), err
	})
}

// decided adds what was found and decided, with reasons.
func (c *collection) decided(ctx context.Context, conn grpc.ClientConnInterface, p *parts) error {
	err := gather(c, "assessment", &p.assessment, func(string) ([]*intakev1.CaseAssessment, string, error) {
		answer, err := intakev1.NewAssessmentServiceClient(conn).GetAssessment(ctx, &intakev1.GetAssessmentRequest{Name: c.name + "/assessment"})
		return []*intakev1.CaseAssessment{answer}, "", err
	})
	if err != nil {
		return err
	}
	err = gather(c, "remedies", &p.remedies, func(token string) ([]*remedyv1.Remedy, string, error) {
		answer, err := remedyv1.NewRemedyServiceClient(conn).ListRemedies(ctx,
			&remedyv1.ListRemediesRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetRemedies(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	err = gather(c, "approvals", &p.approvals, func(string) (all []*remedyv1.Approval, _ string, err error) {
		for _, remedy := range p.remedies {
			if remedy.GetApproval() == "" {
				continue
			}
			approval, err := remedyv1.NewApprovalServiceClient(conn).GetApproval(ctx, &remedyv1.GetApprovalRequest{Name: remedy.GetApproval()})
			if err != nil {
				return nil, "", err
			}
			all = append(all, approval)
		}
		return all, "", nil
	})
	if err != nil {
		return err
	}
	return gather(c, "refusals", &p.refusals, func(token string) ([]*remedyv1.Refusal, string, error) {
		answer, err := remedyv1.NewRefusalServiceClient(conn).ListRefusals(ctx,
			&remedyv1.ListRefusalsRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetRefusals(), answer.GetNextPageToken(), err
	})
}

// passed adds who had it in hand, who was told, and what it was in the end.
func (c *collection) passed(ctx context.Context, conn grpc.ClientConnInterface, p *parts) error {
	err := gather(c, "handOffs", &p.handOffs, func(token string) ([]*routingv1.HandOff, string, error) {
		answer, err := routingv1.NewHandOffServiceClient(conn).ListHandOffs(ctx,
			&routingv1.ListHandOffsRequest{Parent: c.name, PageSize: packPage, PageToken: token})
		return answer.GetHandOffs(), answer.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	err = gather(c, "escalations", &p.escalations, func(string) ([]*routingv1.Escalation, string, error) {
		answer, err := routingv1.NewRoutingServiceClient(conn).ListEscalations(ctx, &routingv1.ListEscalationsRequest{Parent: c.name})
		return answer.GetEscalations(), "", err
	})
	if err != nil {
		return err
	}
	return gather(c, "outcomes", &p.outcomes, func(token string) ([]*reviewv1.Outcome, string, error) {
		answer, err := reviewv1.NewOutcomeServiceClient(conn).ListOutcomes(ctx,
			&reviewv1.ListOutcomesRequest{Parent: c.name, PageSize: packPage, PageToken: token, AllVersions: true})
		return answer.GetOutcomes(), answer.GetNextPageToken(), err
	})
}

// gather reads all pages of a part and adds it as "<name>.json". Nothing is read any more once it is larger than the file may be.
func gather[M proto.Message](c *collection, name string, into *[]M, ask func(token string) ([]M, string, error)) error {
	return c.part(name, func() (evidence.File, error) {
		size := int64(0)
		for token := ""; ; {
			page, next, err := ask(token)
			if err != nil {
				return evidence.File{}, err
			}
			for _, m := range page {
				size += int64(proto.Size(m))
			}
			*into = append(*into, page...)
			if token = next; token == "" || c.bytes+size > c.most {
				return evidence.Messages(name+".json", *into)
			}
		}
	})
}
