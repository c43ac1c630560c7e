package intake_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestRuling(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	precedent, _ := f.ruled()
	name := f.file().GetName()
	f.investigate(name)
	f.assess(name)
	r := ruling()
	r.Precedents = []string{precedent}
	first := f.rule(name, r)
	want := proto.CloneOf(r)
	want.Name, want.Cycle, want.Actor, want.CreateTime = first.GetName(), 1, "agents/zhao", first.GetCreateTime()
	requireSame(t, want, first)
	require.Equal(t, policyv1.Responsibility_RESPONSIBLE, f.get(name).GetRuling())

	// A new one replaces it as long as nobody has appealed.
	second := f.rule(name, &intakev1.Ruling{
		Responsibility: policyv1.Responsibility_PROBLEM_RECORD, ReasonCode: policyv1.RulingReason_BROKEN_HANDOFF, Reason: "系统问题",
	})
	require.Equal(t, first.GetName(), second.GetSupersedes())
	read := f.read(name)
	requireSame(t, second, read.GetRuling())
	requireSame(t, first, read.GetEarlierRulings()[0])
	require.Equal(t, policyv1.Responsibility_PROBLEM_RECORD, f.get(name).GetRuling())
	list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{Filter: `ruling = "PROBLEM_RECORD"`})
	require.NoError(t, err)
	require.Len(t, list.GetComplaints(), 1)
	told := f.told(name, "responsibility_ruled")[0].GetResponsibilityRuled()
	require.Equal(t, []string{"agents/he"}, told.GetConcerned())
	require.Equal(t, policyv1.RulingReason_PROMISE_NOT_KEPT, told.GetReason())
}

// TestNothingIsRuledUnseen: no ruling without an investigation of this cycle, our own process and an assessment (INV-1).
func TestNothingIsRuledUnseen(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "INV-1")
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	name := f.file().GetName()
	rule := func(reason intakev1.ErrorReason) {
		t.Helper()
		_, err := f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: ruling()})
		refused(t, err, codes.FailedPrecondition, reason)
	}
	f.assess(name)
	rule(intakev1.ErrorReason_INVESTIGATION_MISSING)
	_, err := f.lin().CreateInvestigationStep(t.Context(), &intakev1.CreateInvestigationStepRequest{
		Parent: name, Step: &intakev1.InvestigationStep{Findings: "x", OwnProcessCheck: &intakev1.OwnProcessCheck{Result: "not yet"}},
	})
	require.NoError(t, err)
	rule(intakev1.ErrorReason_INVESTIGATION_MISSING)
	f.investigate(name)
	f.rule(name, ruling())

	// The next cycle has to be looked at anew.
	_, err = f.agent.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	_, err = f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	require.NoError(t, err)
	rule(intakev1.ErrorReason_INVESTIGATION_MISSING)
	_, err = f.lin().AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "x"})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RULING_MISSING)
	f.investigate(name)
	rule(intakev1.ErrorReason_ASSESSMENT_MISSING)
	f.assess(name)
	f.rule(name, ruling())
}

func TestRulingsThatDoNotHold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	name, _ := f.ruled()
	unruled := f.file().GetName()
	for what, c := range map[string]struct {
		edit   func(*intakev1.Ruling)
		code   codes.Code
		reason string
	}{
		"responsible without a fault": {func(r *intakev1.Ruling) { r.ReasonCode = policyv1.RulingReason_NO_FAULT }, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"responsible is nobody":       {func(r *intakev1.Ruling) { r.Concerned = nil }, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"a fault of nobody":           {func(r *intakev1.Ruling) { r.Responsibility = policyv1.Responsibility_NOT_RESPONSIBLE }, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"somebody unknown":            {func(r *intakev1.Ruling) { r.Concerned = []string{"agents/nobody"} }, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"the ruler":                   {func(r *intakev1.Ruling) { r.Concerned = []string{"agents/he", "agents/zhao"} }, codes.PermissionDenied, intakev1.ErrorReason_RULER_CONCERNED.String()},
		"the ruler's department":      {func(r *intakev1.Ruling) { r.Concerned = []string{"departments/customer-service"} }, codes.PermissionDenied, intakev1.ErrorReason_RULER_CONCERNED.String()},
		"a precedent that is unknown": {func(r *intakev1.Ruling) { r.Precedents = []string{nobody} }, codes.InvalidArgument, intakev1.ErrorReason_PRECEDENT_INVALID.String()},
		"a precedent without ruling":  {func(r *intakev1.Ruling) { r.Precedents = []string{unruled} }, codes.InvalidArgument, intakev1.ErrorReason_PRECEDENT_INVALID.String()},
		"itself as a precedent":       {func(r *intakev1.Ruling) { r.Precedents = []string{name} }, codes.InvalidArgument, intakev1.ErrorReason_PRECEDENT_INVALID.String()},
		"no reason":                   {func(r *intakev1.Ruling) { r.Reason = " " }, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
	} {
		r := ruling()
		c.edit(r)
		_, err := f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: r})
		rpctest.RequireReason(t, err, c.code, c.reason)
		require.Error(t, err, what)
	}
	_, err := f.lin().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: ruling()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

// TestRefusals: a refusal is no fault if it was made by the rules and without an attitude issue.
func TestRefusals(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	c := f.file()
	f.assign(c.GetName(), "departments/logistics", "agents/he")
	_, err := f.agent.ResolveComplaint(t.Context(), &intakev1.ResolveComplaintRequest{
		Name: c.GetName(), Outcome: intakev1.Complaint_REFUSED, Resolution: "已过期限",
	})
	require.NoError(t, err)
	f.confirm(c.GetName())
	f.investigate(c.GetName())
	f.assess(c.GetName())
	faultless := func(check *intakev1.RefusalCheck) error {
		_, err := f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: c.GetName(), Ruling: &intakev1.Ruling{
			Responsibility: policyv1.Responsibility_NOT_RESPONSIBLE, ReasonCode: policyv1.RulingReason_NO_FAULT, Reason: "按规定", Refusal: check,
		}})
		return err
	}
	rpctest.RequireReason(t, faultless(nil), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	for _, check := range []*intakev1.RefusalCheck{{}, {ByTheRules: true}, {WithoutAttitudeIssue: true}} {
		refused(t, faultless(check), codes.InvalidArgument, intakev1.ErrorReason_REFUSAL_AT_FAULT)
	}
	require.NoError(t, faultless(&intakev1.RefusalCheck{ByTheRules: true, WithoutAttitudeIssue: true}))
}

func TestAppeal(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	name, ruled := f.ruled()
	f.assign(name, "departments/customer-service", "agents/sun")
	appeal := func(who string, role authv1.Role) (*intakev1.Appeal, error) {
		return f.as(who, role).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "库存系统当时显示有货"})
	}
	decide := func(who string, d intakev1.Appeal_State, r policyv1.Responsibility) (*intakev1.Appeal, error) {
		return f.as(who, authv1.Role_SUPERVISOR).DecideAppeal(t.Context(), &intakev1.DecideAppealRequest{Name: name, Decision: d, Responsibility: r, Reason: "系统记录属实"})
	}
	const upheld, overturned, none = intakev1.Appeal_UPHELD, intakev1.Appeal_OVERTURNED, policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED
	_, err := decide("agents/liu", upheld, none)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_APPEAL_NOT_PENDING)
	_, err = appeal("agents/lin", authv1.Role_AGENT)
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_APPEAL_NOT_ALLOWED)
	made, err := appeal("agents/ma", authv1.Role_SUPERVISOR)
	require.NoError(t, err, "the supervisor of whom it concerns may appeal")
	require.Equal(t, intakev1.Appeal_PENDING, made.GetState())
	require.Equal(t, ruled.GetName(), made.GetRuling())
	_, err = appeal("agents/he", authv1.Role_AGENT)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RULING_APPEALED)
	_, err = f.zhao().RuleComplaint(t.Context(), &intakev1.RuleComplaintRequest{Name: name, Ruling: ruling()})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RULING_APPEALED)

	for who, because := range map[string]string{"agents/sun": "handler", "agents/zhao": "ruler", "agents/ma": "appellant", "agents/he": "concerned"} {
		_, err = decide(who, upheld, none)
		refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_DECIDER_NOT_INDEPENDENT)
		require.Equal(t, because, metadata(t, err)["because"])
	}
	for _, r := range []policyv1.Responsibility{none, policyv1.Responsibility_RESPONSIBLE} {
		_, err = decide("agents/liu", overturned, r)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	_, err = decide("agents/liu", upheld, policyv1.Responsibility_NOT_RESPONSIBLE)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	decided, err := decide("agents/liu", overturned, policyv1.Responsibility_NOT_RESPONSIBLE)
	require.NoError(t, err)
	require.Equal(t, overturned, decided.GetState())
	require.Equal(t, "agents/liu", decided.GetDecider())
	require.Equal(t, "agents/ma", decided.GetActor(), "who appealed stays on record")
	requireSame(t, decided, f.read(name).GetAppeal())
	require.Equal(t, policyv1.Responsibility_NOT_RESPONSIBLE, f.get(name).GetRuling())
	_, err = decide("agents/gao", upheld, none)
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_APPEAL_NOT_PENDING)
	types := f.types(name)
	require.Equal(t, []string{"ruling_appealed", "appeal_decided"}, types[len(types)-2:])
}

func TestAppealUpheld(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	name, _ := f.ruled()
	_, err := f.as("agents/he", authv1.Role_AGENT).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "x"})
	require.NoError(t, err)
	decided, err := f.as("agents/liu", authv1.Role_SUPERVISOR).DecideAppeal(t.Context(), &intakev1.DecideAppealRequest{
		Name: name, Decision: intakev1.Appeal_UPHELD, Reason: "x",
	})
	require.NoError(t, err)
	require.Equal(t, policyv1.Responsibility_RESPONSIBLE, decided.GetResponsibility())
	require.Equal(t, policyv1.Responsibility_RESPONSIBLE, f.get(name).GetRuling())
}

// TestAnAppealIsAgainstTheRulingThatItNames: a complaint into which another one was merged by an earlier release has the rulings of
// both, and what is appealed need not be the last.
func TestAnAppealIsAgainstTheRulingThatItNames(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-4")
	f := newFixture(t)
	name, ruled := f.ruled()
	_, err := f.as("agents/ma", authv1.Role_SUPERVISOR).AppealRuling(t.Context(), &intakev1.AppealRulingRequest{Name: name, Grounds: "x"})
	require.NoError(t, err)
	f.strangeRuling(name, &intakev1.Ruling{Responsibility: policyv1.Responsibility_PROBLEM_RECORD, Concerned: []string{"agents/liu"}})
	decide := func(who string, decision intakev1.Appeal_State, responsibility policyv1.Responsibility) (*intakev1.Appeal, error) {
		return f.as(who, authv1.Role_SUPERVISOR).DecideAppeal(t.Context(), &intakev1.DecideAppealRequest{
			Name: name, Decision: decision, Responsibility: responsibility, Reason: "x",
		})
	}
	_, err = decide("agents/he", intakev1.Appeal_UPHELD, policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED)
	refused(t, err, codes.PermissionDenied, intakev1.ErrorReason_DECIDER_NOT_INDEPENDENT)
	_, err = decide("agents/liu", intakev1.Appeal_OVERTURNED, policyv1.Responsibility_RESPONSIBLE)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	decided, err := decide("agents/liu", intakev1.Appeal_UPHELD, policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED)
	require.NoError(t, err, "the other ruling concerns her, not this one")
	require.Equal(t, ruled.GetName(), decided.GetRuling())
	require.Equal(t, policyv1.Responsibility_RESPONSIBLE, decided.GetResponsibility())
}

// strangeRuling puts a ruling on record that came with another complaint and is later than its own.
func (f *fixture) strangeRuling(complaint string, r *intakev1.Ruling) {
	f.t.Helper()
	const id = "7zzzzzzzzzzzzzzzzzzzzzzzzz"
	plain, err := proto.Marshal(r)
	require.NoError(f.t, err)
	body, err := f.key(f.get(complaint).GetCustomer()).Seal(plain, complaint+"/rulings/"+id+"#entry")
	require.NoError(f.t, err)
	require.NoError(f.t, f.db.Write(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO entries (complaint, kind, id, cycle, actor, create_time, update_time, body)
			SELECT complaint, kind, ?, cycle, 'agents/sun', create_time, update_time, ? FROM entries WHERE complaint = ? AND kind = ?`,
			id, body, strings.TrimPrefix(complaint, "complaints/"), int32(intake.RulingEntry))
		return err
	}))
}

// metadata are the varying parts of an error.
func metadata(t *testing.T, err error) map[string]string {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetMetadata()
		}
	}
	require.Fail(t, "the error has no ErrorInfo")
	return nil
}
