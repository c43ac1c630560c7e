package intake_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// hear delivers what routing tells of its directory, twice.
func (f *fixture) hear(changes ...*eventv1.DirectoryChanged) {
	f.t.Helper()
	for _, change := range changes {
		payload, err := proto.Marshal(&eventv1.Payload{Kind: &eventv1.Payload_DirectoryChanged{DirectoryChanged: change}})
		require.NoError(f.t, err)
		event := &eventv1.Event{
			EventId: uuid.Must(uuid.NewV7()).String(), Source: "routing", Subject: change.GetResource(), Type: "directory_changed",
			Actor: "agents/sun", RecordTime: timestamppb.New(begin), Payload: payload,
		}
		for _, first := range []bool{true, false} {
			resp, err := f.sink.ApplyEvent(f.t.Context(), &eventv1.ApplyEventRequest{Event: event})
			require.NoError(f.t, err)
			require.Equal(f.t, first, resp.GetFirst())
		}
	}
}

// present is somebody or something that is in the directory.
func present(name, supervisor string) *eventv1.DirectoryChanged {
	return &eventv1.DirectoryChanged{Resource: name, Change: eventv1.DirectoryChanged_ADDED, Supervisor: supervisor, Active: true}
}

// TestTheDirectoryIsHeardOf: who exists, who leads whom and what customers call a department is what routing told last.
func TestTheDirectoryIsHeardOf(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2", "ASSESS-4", "ROUTE-1")
	f := newFixture(t)
	f.hear(present("departments/claims", "agents/mei"), present("departments/logistics", "agents/ma"), present("agents/mei", ""),
		present("agents/he", "agents/mei"), present("departments/claims/teams/night", ""))
	name := f.file().GetName()
	f.investigate(name)
	assess := func(department string) error {
		a := assessment()
		a.Department = department
		_, err := f.lin().AssessComplaint(t.Context(), &intakev1.AssessComplaintRequest{Name: name, Assessment: a})
		return err
	}
	require.NoError(t, assess("departments/claims"), "it was added")
	for _, none := range []string{"departments/billing", "departments/claims/teams/night", "agents/mei"} {
		rpctest.RequireReason(t, assess(none), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	f.hear(&eventv1.DirectoryChanged{Resource: "departments/claims", Change: eventv1.DirectoryChanged_REMOVED})
	rpctest.RequireReason(t, assess("departments/claims"), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())

	against := ruling()
	against.Concerned = []string{"agents/tang"}
	_, err := f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: against})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	f.rule(name, ruling())
	appeal := func(who string) error {
		_, err := f.as(who, authv1.Role_SUPERVISOR).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "x"})
		return err
	}
	rpctest.RequireReason(t, appeal("agents/ma"), codes.PermissionDenied, intakev1.ErrorReason_APPEAL_NOT_ALLOWED.String())
	require.NoError(t, appeal("agents/mei"), "the supervisor since, who was not when the policy was written")
}

// TestALetterNamesTheDepartmentAsItIsCalledNow: customers' alias follows an update.
func TestALetterNamesTheDepartmentAsItIsCalledNow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1", "SAY-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	letter := func() string {
		out, err := f.drafts("agents/lin", authv1.Role_AGENT).WriteDraft(t.Context(), &intakev1.WriteDraftRequest{
			Name: c.GetName(), Template: "acknowledgement", LanguageCode: "en",
		})
		require.NoError(t, err)
		return out.GetText()
	}
	require.Contains(t, letter(), "Delivery team", "what the policy says, before routing told anything")
	called := present("departments/logistics", "agents/ma")
	called.Alias = map[string]string{"en": "Parcel people"}
	f.hear(called)
	require.Contains(t, letter(), "Parcel people")
}

// TestNobodyEndsAComplaintAboutThemselves, in whatever way, whoever else may.
func TestNobodyEndsAComplaintAboutThemselves(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	f := newFixture(t)
	req := request()
	req.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: "agents/wu"}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	f.assign(c.GetName(), "departments/logistics", "agents/he")
	ways := func(client intakev1.IntakeServiceClient) []error {
		_, none := client.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{
			Name: c.GetName(), Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Spam: true, Reason: "spam",
		})
		_, solved := client.ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
			Name: c.GetName(), Outcome: intakev1.Complaint_EXPLAINED, Resolution: "x",
		})
		_, back := client.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Reason: "x"})
		return []error{none, solved, back}
	}
	for _, err := range ways(f.client("agents/wu", authv1.Role_SUPERVISOR)) {
		refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
	}
	require.NoError(t, ways(f.client("agents/lin", authv1.Role_AGENT))[0])
}

// TestWhoIsComplainedAbout is told to routing when one of ours is named.
func TestWhoIsComplainedAbout(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	f := newFixture(t)
	for person, want := range map[string]string{"agents/wu": "agents/wu", "Wu Tong": "", "agents/Wu Tong": "", "agents/": "", "": ""} {
		req := request()
		req.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: person}
		c, err := f.agent.CreateComplaint(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, want, f.payloads(c.GetName())[0].GetComplaintReceived().GetTargetAgent(), person)
		_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName()})
		require.NoError(t, err)
		_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "x"})
		require.NoError(t, err)
		all := f.payloads(c.GetName())
		require.Equal(t, want, all[len(all)-1].GetComplaintReopened().GetTargetAgent(), person)
		row := f.history("H-" + person)
		row.Complaint.Target = req.GetTarget()
		imported := f.imports(&intakev1.ImportOptions{Source: "crm"}, row)[0].GetComplaint()
		require.Equal(t, want, f.payloads(imported)[0].GetComplaintImported().GetTargetAgent(), person)
	}
}

// TestNobodyMovesAComplaintAboutThemselves: neither opens it again, nor merges it, nor files it as settled; filing it is for everybody.
func TestNobodyMovesAComplaintAboutThemselves(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2")
	f := newFixture(t)
	about := func() *intakev1.CreateComplaintRequest {
		req := request()
		req.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: "agents/wu"}
		return req
	}
	c, err := f.agent.CreateComplaint(t.Context(), about())
	require.NoError(t, err)
	other, err := f.agent.CreateComplaint(t.Context(), request())
	require.NoError(t, err)
	wu := f.harness.Conn("agents/wu", authv1.Role_SUPERVISOR)
	merge := func(client intakev1.MatterServiceClient, from, into string) error {
		_, err := client.MergeComplaint(t.Context(), &intakev1.MergeComplaintRequest{Name: from, Into: into, Reason: "the same"})
		return err
	}
	matters := intakev1.NewMatterServiceClient(wu)
	refused(t, merge(matters, c.GetName(), other.GetName()), codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
	refused(t, merge(matters, other.GetName(), c.GetName()), codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)

	req := about()
	req.FirstContact = &intakev1.FirstContactResolution{
		Way: policyv1.ContactWay_PHONE, Outcome: intakev1.Complaint_REMEDIED, Answer: "扣费已退回。", Remedy: "退费 20 元", Consent: true,
		Understanding: &intakev1.Understanding{
			Feeling: "让您多花了钱，很抱歉。", Restatement: "多扣了一个月，对吗？", RestatementConfirmation: intakev1.Understanding_CONFIRMED,
		},
	}
	self := f.client("agents/wu", authv1.Role_SUPERVISOR)
	_, err = self.CreateComplaint(t.Context(), req)
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
	_, err = self.CreateComplaint(t.Context(), about())
	require.NoError(t, err, "somebody else deals with it")

	_, err = f.agent.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{
		Name: c.GetName(), Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Spam: true, Reason: "spam",
	})
	require.NoError(t, err)
	reopen := &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "x"}
	_, err = self.ReopenComplaint(t.Context(), reopen)
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_AGENT_RECUSED)
	_, err = f.client("agents/zhao", authv1.Role_SUPERVISOR).ReopenComplaint(t.Context(), reopen)
	require.NoError(t, err)
}
