package intake_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// row is one to import, received three days ago.
func (f *fixture) row(id string) *intakev1.ImportRow {
	complaint := request()
	complaint.ReceiveTime = timestamppb.New(f.now().Add(-72 * time.Hour))
	return &intakev1.ImportRow{ExternalId: id, Complaint: complaint}
}

// history is one that had ended.
func (f *fixture) history(id string) *intakev1.ImportRow {
	row := f.row(id)
	row.Closed = &intakev1.ImportedEnd{
		Outcome: intakev1.Complaint_REMEDIED, Resolution: "已退款。",
		ResolveTime: timestamppb.New(f.now().Add(-50 * time.Hour)), CloseTime: timestamppb.New(f.now().Add(-48 * time.Hour)),
	}
	return row
}

// imports imports rows and returns the answers.
func (f *fixture) imports(options *intakev1.ImportOptions, rows ...*intakev1.ImportRow) []*intakev1.ImportComplaintsResponse {
	f.t.Helper()
	client := intakev1.NewImportServiceClient(f.harness.Conn("agents/zhao", authv1.Role_SUPERVISOR))
	stream, err := client.ImportComplaints(f.t.Context())
	require.NoError(f.t, err)
	require.NoError(f.t, stream.Send(&intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Options{Options: options}}))
	go func() {
		for _, row := range rows {
			_ = stream.Send(&intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Row{Row: row}})
		}
		_ = stream.CloseSend()
	}()
	var answers []*intakev1.ImportComplaintsResponse
	for {
		answer, err := stream.Recv()
		if err == io.EOF { //nolint:errorlint // gRPC says it so.
			require.Len(f.t, answers, len(rows))
			return answers
		}
		require.NoError(f.t, err)
		require.EqualValues(f.t, len(answers)+1, answer.GetRow(), "answers come in the order of the rows")
		answers = append(answers, answer)
	}
}

func TestImportOpenComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	for _, notify := range []bool{false, true} {
		id := fmt.Sprintf("A-%t", notify)
		row := f.row(id)
		row.Severity = policyv1.Severity_HIGH
		answer := f.imports(&intakev1.ImportOptions{ImportId: "run-1", Source: "crm", NotifyCustomers: notify}, row)[0]
		require.Nil(t, answer.GetProblem())
		require.Equal(t, id, answer.GetExternalId())
		c := f.get(answer.GetComplaint())
		require.Equal(t, answer.GetReference(), c.GetReference())
		require.Equal(t, intakev1.Complaint_RECEIVED, c.GetState())
		require.Equal(t, policyv1.Severity_HIGH, c.GetSeverity())
		require.Equal(t, f.now().Add(-72*time.Hour), c.GetReceiveTime().AsTime())
		require.Equal(t, f.now().Add(-48*time.Hour), c.GetTargets().GetCallback().AsTime(), "the clock counts from the receipt")
		require.Equal(t, &intakev1.ImportOrigin{ImportId: "run-1", Source: "crm", ExternalId: id}, c.GetImportedFrom())
		received := f.payloads(c.GetName())[0].GetComplaintReceived()
		require.True(t, received.GetImported())
		require.Equal(t, notify, received.GetNotifyCustomer())
		if !notify {
			require.Nil(t, c.GetTargets().GetAcknowledge(), "nobody is promised what nobody hears of")
			require.Nil(t, received.GetTargets().GetContact())
			continue
		}
		require.Equal(t, f.now().Add(time.Minute), c.GetTargets().GetAcknowledge().AsTime(), "what is promised now is promised from now")
		require.True(t, c.GetTargets().GetContact().AsTime().After(f.now()))
	}
}

func TestImportHistory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	row := f.history("H-1")
	row.Complaint.Items = []string{"停机", "退费"}
	c := f.get(f.imports(&intakev1.ImportOptions{Source: "crm", NotifyCustomers: true}, row)[0].GetComplaint())
	require.Equal(t, intakev1.Complaint_CLOSED, c.GetState())
	require.Equal(t, intakev1.Complaint_REMEDIED, c.GetOutcome())
	require.Equal(t, "已退款。", c.GetResolution())
	require.Equal(t, f.now().Add(-50*time.Hour), c.GetResolveTime().AsTime())
	require.Equal(t, f.now().Add(-48*time.Hour), c.GetCloseTime().AsTime())
	require.Zero(t, c.GetOpenItemCount())
	require.True(t, proto.Equal(&intakev1.Targets{}, c.GetTargets()), "nothing was promised for it here")
	require.Equal(t, []string{"complaint_imported"}, f.types(c.GetName()), "no service and no workflow begins anything by it")
	reopened, err := f.agent.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "再次发生"})
	require.NoError(t, err)
	require.EqualValues(t, 2, reopened.GetCycle())
}

// What is imported as ended is found by its words and compared with what is new, as if it had come here.
func TestImportedHistoryIsFound(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "REC-6")
	f := newFixture(t)
	row := f.history("H-1")
	row.Complaint.Statement = "这台冰箱坏了，没有人来修"
	name := f.imports(&intakev1.ImportOptions{Source: "crm"}, row)[0].GetComplaint()
	f.indexed(name)
	require.Equal(t, []string{name}, f.search("冰箱", 30))
	require.Equal(t, []string{"complaint_imported"}, f.types(name), "nothing follows from it")
	require.NoError(t, f.reindex(t.Context(), func(intake.Rebuilt, int64) {}))
	require.Equal(t, []string{name}, f.search("冰箱", 30))
}

func TestImportIsFiledOnceForEver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8", "API-1")
	f := newFixture(t)
	first := f.imports(&intakev1.ImportOptions{Source: "crm", ImportId: "one"}, f.row("A"), f.row("A"), f.history("B"))
	require.False(t, first[0].GetAlready() && first[1].GetAlready())
	require.True(t, first[0].GetAlready() || first[1].GetAlready(), "a key that stands twice in a file is filed once")
	require.Equal(t, first[0].GetComplaint(), first[1].GetComplaint())
	f.pass(30 * 24 * time.Hour)
	again := f.imports(&intakev1.ImportOptions{Source: "crm", ImportId: "two"}, f.row("A"), f.row("B"))
	for i, answer := range again {
		require.True(t, answer.GetAlready())
		require.Equal(t, first[2*i].GetComplaint(), answer.GetComplaint())
	}
	elsewhere := f.imports(&intakev1.ImportOptions{Source: "other"}, f.row("A"))[0]
	require.False(t, elsewhere.GetAlready(), "another source has keys of its own")
	f.erase(f.get(first[0].GetComplaint()).GetCustomer())
	require.True(t, f.imports(&intakev1.ImportOptions{Source: "crm"}, f.row("A"))[0].GetAlready(), "an erased customer's complaint does not come back")
}

// Of rows with one external id the first is filed, and those that say something else are told apart from those that are the same.
func TestImportOfRowsWithOneID(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	var rows []*intakev1.ImportRow
	for number := range 20 {
		first, later := f.row(fmt.Sprintf("A-%d", number)), f.row(fmt.Sprintf("A-%d", number))
		// What is longer takes longer, so that the later row would be there first.
		first.Complaint.Statement = "第一次说的。" + strings.Repeat("网速很慢，没有人管。", 400)
		later.Complaint.Statement = "第二次说的。"
		rows = append(rows, first, later, first)
	}
	answers := f.imports(&intakev1.ImportOptions{Source: "crm", ImportId: "one"}, rows...)
	for i, answer := range answers {
		require.Nil(t, answer.GetProblem())
		require.Equal(t, i%3 > 0, answer.GetAlready(), "row %d", answer.GetRow())
		require.Equal(t, i%3 == 1, answer.GetConflict(), "row %d", answer.GetRow())
		require.Equal(t, answers[i-i%3].GetComplaint(), answer.GetComplaint())
		if i%3 == 0 {
			require.Contains(t, f.get(answer.GetComplaint()).GetStatement(), "第一次说的。")
		}
	}
	again := f.imports(&intakev1.ImportOptions{Source: "crm", ImportId: "two", DryRun: true}, rows[1], rows[0])
	require.True(t, again[0].GetConflict(), "in another import, and when nothing is filed, too")
	require.False(t, again[1].GetConflict())
	ended := f.history("A-0")
	ended.Complaint = rows[0].GetComplaint()
	require.True(t, f.imports(&intakev1.ImportOptions{Source: "crm"}, ended)[0].GetConflict(), "an end is something else, too")
	f.erase(f.get(answers[0].GetComplaint()).GetCustomer())
	require.False(t, f.imports(&intakev1.ImportOptions{Source: "crm"}, rows[1])[0].GetConflict(), "after an erasure nobody can tell")
}

// A dry run says of rows with one external id what the import says then.
func TestImportDryRunOfRowsWithOneID(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	var rows []*intakev1.ImportRow
	for number := range 20 {
		id := fmt.Sprintf("A-%d", number)
		refused, first, later := f.row(id), f.row(id), f.row(id)
		refused.Complaint.Complainant.Phone = "12"
		first.Complaint.Statement = "第一次说的。" + strings.Repeat("网速很慢，没有人管。", 400)
		later.Complaint.Statement = "第二次说的。"
		rows = append(rows, refused, first, later, first)
	}
	tried := f.imports(&intakev1.ImportOptions{Source: "crm", DryRun: true}, rows...)
	filed := f.imports(&intakev1.ImportOptions{Source: "crm"}, rows...)
	for i := range rows {
		require.Equal(t, i%4 >= 2, tried[i].GetAlready(), "row %d", i+1)
		require.Equal(t, i%4 == 2, tried[i].GetConflict(), "row %d", i+1)
		require.Empty(t, tried[i].GetComplaint())
		filed[i].Complaint, filed[i].Reference = "", ""
		require.True(t, proto.Equal(filed[i], tried[i]), "%v is not %v", tried[i], filed[i])
	}
	again := f.imports(&intakev1.ImportOptions{DryRun: true, Source: "other"}, rows[2], rows[1])
	require.False(t, again[0].GetAlready(), "what a dry run would have filed is forgotten with it")
	require.True(t, again[1].GetConflict())
}

func TestImportDryRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	f.imports(&intakev1.ImportOptions{Source: "crm"}, f.row("there"))
	bad := f.row("bad")
	bad.Complaint.Complainant.Phone = "12"
	answers := f.imports(&intakev1.ImportOptions{Source: "crm", DryRun: true}, f.row("there"), f.row("new"), bad)
	require.True(t, answers[0].GetAlready())
	require.Empty(t, answers[1].GetComplaint())
	require.Nil(t, answers[1].GetProblem())
	require.Equal(t, "PHONE_INVALID", answers[2].GetProblem().GetReason())
	list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetComplaints(), 1)
}

// Each row is judged by itself: one that is refused says why and disturbs nobody.
func TestImportJudgesEachRow(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	cases := []struct {
		name, reason, field string
		edit                func(*intakev1.ImportRow)
	}{
		{"no key", "INVALID_FIELD", "external_id", func(r *intakev1.ImportRow) { r.ExternalId = " " }},
		{"no complaint", "INVALID_FIELD", "complaint", func(r *intakev1.ImportRow) { r.Complaint = nil }},
		{"no time", "INVALID_FIELD", "complaint.receive_time", func(r *intakev1.ImportRow) { r.Complaint.ReceiveTime = nil }},
		{"no words", "INVALID_FIELD", "complaint.statement", func(r *intakev1.ImportRow) { r.Complaint.Statement = "\u200b" }},
		{"no number", "PHONE_INVALID", "complaint.complainant.phone", func(r *intakev1.ImportRow) { r.Complaint.Complainant.Phone = "12" }},
		{"the future", "RECEIVE_TIME_IN_FUTURE", "complaint.receive_time", func(r *intakev1.ImportRow) {
			r.Complaint.ReceiveTime = timestamppb.New(f.now().Add(time.Hour))
		}},
		{"no outcome", "INVALID_FIELD", "closed.outcome", func(r *intakev1.ImportRow) { r.Closed.Outcome = 0 }},
		{"merged", "INVALID_FIELD", "closed.outcome", func(r *intakev1.ImportRow) { r.Closed.Outcome = intakev1.Complaint_MERGED }},
		{"ends in the future", intakev1.ErrorReason_END_TIME_INVALID.String(), "closed.close_time", func(r *intakev1.ImportRow) {
			r.Closed.CloseTime = timestamppb.New(f.now().Add(time.Hour))
		}},
		{"ended before", intakev1.ErrorReason_END_TIME_INVALID.String(), "closed.close_time", func(r *intakev1.ImportRow) {
			r.Closed.CloseTime = timestamppb.New(f.now().Add(-100 * time.Hour))
		}},
		{"resolved after", intakev1.ErrorReason_END_TIME_INVALID.String(), "closed.resolve_time", func(r *intakev1.ImportRow) {
			r.Closed.ResolveTime = timestamppb.New(f.now().Add(-time.Hour))
		}},
		{"too large", "INVALID_FIELD", "complaint.statement", func(r *intakev1.ImportRow) { r.Complaint.Statement = strings.Repeat("我", 20001) }},
		{"far too large", "BODY_TOO_LARGE", "", func(r *intakev1.ImportRow) { r.Complaint.Statement = strings.Repeat("x", 3<<20) }},
	}
	var rows []*intakev1.ImportRow
	for i, c := range cases {
		bad := f.history(fmt.Sprintf("bad-%d", i))
		c.edit(bad)
		rows = append(rows, bad, f.row(fmt.Sprintf("good-%d", i)))
	}
	answers := f.imports(&intakev1.ImportOptions{Source: "crm"}, rows...)
	for i, c := range cases {
		problem := answers[2*i].GetProblem()
		require.Equal(t, c.reason, problem.GetReason(), c.name)
		require.NotEmpty(t, problem.GetCode(), c.name)
		if c.field != "" {
			require.Equal(t, c.field, problem.GetFields()[0].GetField(), c.name)
		}
		require.Empty(t, answers[2*i].GetComplaint(), c.name)
		require.NotEmpty(t, answers[2*i+1].GetComplaint(), c.name)
	}
}

func TestImportManyAtOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-8")
	f := newFixture(t)
	const many = 1000
	var rows []*intakev1.ImportRow
	for i := range many {
		row := f.history(fmt.Sprintf("row-%d", i))
		row.Complaint.Complainant = &intakev1.Complainant{CustomerId: fmt.Sprintf("C-%d", i%100)}
		rows = append(rows, row)
	}
	seen := map[string]bool{}
	for _, answer := range f.imports(&intakev1.ImportOptions{Source: "crm"}, rows...) {
		require.Nil(t, answer.GetProblem())
		seen[answer.GetComplaint()] = true
	}
	require.Len(t, seen, many)
}

func TestImportOutOfOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client := intakev1.NewImportServiceClient(f.harness.Conn("agents/zhao", authv1.Role_SUPERVISOR))
	options := &intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Options{Options: &intakev1.ImportOptions{Source: "crm"}}}
	row := &intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Row{Row: f.row("x")}}
	for name, steps := range map[string][]*intakev1.ImportComplaintsRequest{
		"nothing": {}, "a row first": {row}, "options twice": {options, options},
	} {
		stream, err := client.ImportComplaints(t.Context())
		require.NoError(t, err)
		for _, step := range steps {
			require.NoError(t, stream.Send(step))
		}
		require.NoError(t, stream.CloseSend())
		_, err = stream.Recv()
		require.Error(t, err, name)
		refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_IMPORT_OUT_OF_ORDER)
	}
	for _, source := range []string{"", " \u200b"} {
		stream, err := client.ImportComplaints(t.Context())
		require.NoError(t, err)
		nameless := &intakev1.ImportComplaintsRequest_Options{Options: &intakev1.ImportOptions{Source: source}}
		require.NoError(t, stream.Send(&intakev1.ImportComplaintsRequest{Step: nameless}))
		_, err = stream.Recv()
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
		require.ErrorContains(t, err, "options.source")
	}
	stream, err := intakev1.NewImportServiceClient(f.harness.Conn("agents/lin", authv1.Role_AGENT)).ImportComplaints(t.Context())
	require.NoError(t, err)
	_, err = stream.Recv()
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

// wrongRow is the refusal of a row as the error that a call of its own would have answered with.
func wrongRow(answer *intakev1.ImportComplaintsResponse) error {
	problem := answer.GetProblem()
	return errs.Invalid(problem.GetReason(), problem.GetFields()[0].GetField(), "%s", problem.GetMessage())
}

func TestImportedEndThatCannotBe(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	row := f.history("H")
	row.Closed.CloseTime = timestamppb.New(f.now().Add(time.Hour))
	refused(t, errs.Status(wrongRow(f.imports(&intakev1.ImportOptions{Source: "crm"}, row)[0])).Err(), codes.InvalidArgument,
		intakev1.ErrorReason_END_TIME_INVALID)
}

// A row that says that somebody forwarded it says who, and by when they want an answer (REC-1).
func TestImportedForwardingIsWhole(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "REC-8")
	f := newFixture(t)
	row := f.row("1")
	row.Complaint.Channel = intakev1.Complaint_FORWARDED
	answers := f.imports(&intakev1.ImportOptions{Source: "old"}, row)
	require.Equal(t, "complaint.forwarding", answers[0].GetProblem().GetFields()[0].GetField())
	require.Empty(t, answers[0].GetComplaint())
}
