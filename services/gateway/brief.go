package gateway

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// How much of each part a sheet shows: what can be read before a call.
const (
	briefMessages  = 20
	briefPromises  = 20
	briefHistory   = 10
	briefFollowUps = 10
	briefCallbacks = 10
	mostPagesAhead = 10
)

// GetCallbackBrief puts the sheet for a call together. Each owner is asked as the caller, so that each shows what the caller may see.
// Without the complaint and its callback there is no sheet; any other part that cannot be had is left out, and named. Errors: those
// of GetComplaint and PlanCallback.
func (s *Service) GetCallbackBrief(ctx context.Context, req *gatewayv1.GetCallbackBriefRequest) (*gatewayv1.CallbackBrief, error) {
	ctx = asCaller(ctx)
	parent, _, _ := strings.Cut(req.GetName(), "/callbacks/")
	complaint, err := intakev1.NewIntakeServiceClient(s.deps.AsCaller).GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: parent})
	if err != nil {
		return nil, err
	}
	identity, _ := auth.FromContext(ctx)
	handles := identity.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE)
	who := complaint.GetComplainant()
	plan, err := followupv1.NewCallbackServiceClient(s.deps.AsCaller).PlanCallback(ctx, &followupv1.PlanCallbackRequest{
		Name: req.GetName(), Ways: waysOf(who), ContactHours: who.GetContactHours(), TimeZone: who.GetTimeZone(), FullContact: handles,
	})
	if err != nil {
		return nil, err
	}
	b := brief{sheet: &gatewayv1.CallbackBrief{Name: req.GetName(), Complaint: complaint, Plan: plan}, conn: s.deps.AsCaller}
	b.add(ctx, "record", b.record)
	b.add(ctx, "messages", b.messages)
	b.add(ctx, "promises", b.promises)
	b.add(ctx, "followUps", b.followUps)
	b.add(ctx, "earlierCallbacks", b.earlierCallbacks)
	b.add(ctx, "history", b.history)
	if handles { // Nobody else talks to customers.
		b.add(ctx, "validation", b.playbook)
	}
	return b.sheet, nil
}

// asCaller has calls made with the token that came with this one.
func asCaller(ctx context.Context) context.Context {
	for _, token := range metadata.ValueFromIncomingContext(ctx, "authorization") {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", token)
	}
	return ctx
}

// waysOf are the ways on record by which a customer can be called, the preferred one first. Masked they are ways all the same.
func waysOf(who *intakev1.Complainant) []policyv1.ContactWay {
	var ways []policyv1.ContactWay
	switch preferred := who.GetPreferredChannel(); preferred {
	case policyv1.ContactWay_WECHAT, policyv1.ContactWay_CHAT, policyv1.ContactWay_VISIT:
		ways = append(ways, preferred)
	default:
	}
	if who.GetPhone() != "" {
		ways = append(ways, policyv1.ContactWay_PHONE)
	}
	if who.GetEmail() != "" {
		ways = append(ways, policyv1.ContactWay_EMAIL)
		if who.GetPreferredChannel() == policyv1.ContactWay_EMAIL {
			slices.Reverse(ways)
		}
	}
	return ways
}

// brief is a sheet that is being put together.
type brief struct {
	sheet *gatewayv1.CallbackBrief
	conn  grpc.ClientConnInterface
}

// add adds a part, or notes that it is left out. What the caller may not see is left out without a word.
func (b *brief) add(ctx context.Context, name string, part func(context.Context) error) {
	switch err := part(ctx); {
	case err == nil || status.Code(err) == codes.PermissionDenied:
	default:
		b.sheet.LeftOut = append(b.sheet.LeftOut, name)
	}
}

func (b *brief) record(ctx context.Context) (err error) {
	b.sheet.Record, err = intakev1.NewRecordServiceClient(b.conn).GetRecord(ctx,
		&intakev1.GetRecordRequest{Name: b.sheet.GetComplaint().GetName() + "/record"})
	return err
}

// messages reads the last ones: a list begins with the oldest.
func (b *brief) messages(ctx context.Context) error {
	req := &intakev1.ListMessagesRequest{Parent: b.sheet.GetComplaint().GetName(), PageSize: 1000}
	for range mostPagesAhead {
		page, err := intakev1.NewIntakeServiceClient(b.conn).ListMessages(ctx, req)
		if err != nil {
			return err
		}
		last := append(b.sheet.GetMessages(), page.GetMessages()...)
		b.sheet.Messages = last[max(0, len(last)-briefMessages):]
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
	return nil
}

func (b *brief) promises(ctx context.Context) error {
	list, err := followupv1.NewPromiseServiceClient(b.conn).ListPromises(ctx, &followupv1.ListPromisesRequest{
		Parent: b.sheet.GetComplaint().GetName(), PageSize: briefPromises, Filter: `state = "OPEN"`,
	})
	b.sheet.Promises = list.GetPromises()
	return err
}

// followUps reads what came of the contacts after earlier resolutions: who calls because of an answer has to know it. Those that nobody has
// made say nothing.
func (b *brief) followUps(ctx context.Context) error {
	req := &followupv1.ListFollowUpsRequest{Parent: b.sheet.GetComplaint().GetName(), PageSize: 1000}
	for range mostPagesAhead {
		page, err := followupv1.NewSeriesServiceClient(b.conn).ListFollowUps(ctx, req)
		if err != nil {
			return err
		}
		made := append(b.sheet.GetFollowUps(), slices.DeleteFunc(page.GetFollowUps(), func(f *followupv1.FollowUp) bool {
			return f.GetAskTime() == nil && f.GetAnswer() == nil
		})...)
		b.sheet.FollowUps = made[max(0, len(made)-briefFollowUps):]
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
	return nil
}

// earlierCallbacks reads the calls of the cycles before, with what was said in them.
func (b *brief) earlierCallbacks(ctx context.Context) error {
	req := &followupv1.ListCallbacksRequest{Parent: b.sheet.GetComplaint().GetName(), PageSize: 1000}
	for range mostPagesAhead {
		page, err := followupv1.NewFollowupServiceClient(b.conn).ListCallbacks(ctx, req)
		if err != nil {
			return err
		}
		earlier := append(b.sheet.GetEarlierCallbacks(), slices.DeleteFunc(page.GetCallbacks(), func(c *followupv1.Callback) bool {
			return c.GetName() == b.sheet.GetName()
		})...)
		b.sheet.EarlierCallbacks = earlier[max(0, len(earlier)-briefCallbacks):]
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
	return nil
}

// history reads the customer's other complaints. How many there are in all, and are open, counts this one, too.
func (b *brief) history(ctx context.Context) error {
	if b.sheet.GetComplaint().GetCustomer() == "" {
		return nil
	}
	history, err := intakev1.NewMatterServiceClient(b.conn).GetCustomerHistory(ctx, &intakev1.GetCustomerHistoryRequest{
		Name: b.sheet.GetComplaint().GetCustomer() + "/history", PageSize: briefHistory + 1, // This complaint is among them.
	})
	if err != nil {
		return err
	}
	history.Entries = slices.DeleteFunc(history.GetEntries(), func(e *intakev1.HistoryEntry) bool {
		return e.GetComplaint() == b.sheet.GetComplaint().GetName()
	})
	history.Entries = history.GetEntries()[:min(briefHistory, len(history.GetEntries()))]
	history.NextPageToken = "" // A sheet has no pages; the history itself has.
	b.sheet.History = history
	return nil
}

// playbook reads how to say it and what never to say. The options themselves belong to a proposal.
func (b *brief) playbook(ctx context.Context) error {
	suggested, err := remedyv1.NewPlaybookServiceClient(b.conn).SuggestRemedies(ctx,
		&remedyv1.SuggestRemediesRequest{Parent: b.sheet.GetComplaint().GetName()})
	b.sheet.Validation, b.sheet.NeverSay, b.sheet.Missing = suggested.GetValidation(), suggested.GetNeverSay(), suggested.GetMissing()
	return err
}
