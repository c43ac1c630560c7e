package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestPersonalDataIsMasked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	req := request()
	req.Complainant.CustomerId = "C-77"
	req.Target = &intakev1.Target{Kind: policyv1.TargetKind_STAFF, Person: "张三"}
	req.Demands = []*intakev1.Demand{{Text: "退款", Kind: intakev1.Demand_REFUND, Amount: &money.Money{CurrencyCode: "CNY", Units: 200}}}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	_, err = f.agent.UpdateComplaint(t.Context(), &intakev1.UpdateComplaintRequest{Complaint: &intakev1.Complaint{Name: c.GetName(), Notes: "angry"}})
	require.NoError(t, err)
	f.resolve(c.GetName())
	full := f.get(c.GetName())
	require.Equal(t, "angry", full.GetNotes())

	for role, sees := range map[authv1.Role]bool{
		authv1.Role_AGENT: true, authv1.Role_SUPERVISOR: true, authv1.Role_MANAGER: true, authv1.Role_EXECUTIVE: true,
		authv1.Role_SERVICE: true, authv1.Role_HR: false, authv1.Role_AUDITOR: false, authv1.Role_OPERATOR: false,
	} {
		client := f.client("agents/somebody", role)
		got, err := client.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: c.GetName()})
		require.NoError(t, err)
		list, err := client.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{})
		require.NoError(t, err)
		requireSame(t, got, list.GetComplaints()[0])
		if sees {
			requireSame(t, full, got)
			continue
		}
		requireSame(t, &intakev1.Complainant{
			DisplayName: "王***", Phone: "+86*******5678", Email: "W***@…", CustomerId: "***", LanguageCode: "zh-Hans",
		}, got.GetComplainant())
		require.Empty(t, got.GetStatement()+got.GetNotes()+got.GetResolution()+got.GetDemands()[0].GetText()+got.GetTarget().GetPerson())
		require.Equal(t, policyv1.TargetKind_STAFF, got.GetTarget().GetKind())
		require.EqualValues(t, 200, got.GetDemands()[0].GetAmount().GetUnits())
		require.Equal(t, full.GetReference(), got.GetReference())
		require.Equal(t, full.GetState(), got.GetState())
	}
	_, err = f.public.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: c.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

// Erasure is the destruction of one key: what is left has no words.
func TestErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	_, err := f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
		Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "words"},
	})
	require.NoError(t, err)
	f.erase(c.GetCustomer())

	got := f.get(c.GetName())
	require.Empty(t, got.GetStatement())
	requireSame(t, &intakev1.Complainant{LanguageCode: "zh-Hans"}, got.GetComplainant())
	require.Equal(t, c.GetReference(), got.GetReference())
	messages, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, messages.GetMessages(), 1)
	require.Empty(t, messages.GetMessages()[0].GetText())
	contact, err := f.worker.GetContact(t.Context(), &intakev1.GetContactRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Empty(t, contact.GetComplainant().GetPhone())

	_, err = f.worker.GetDataKey(t.Context(), &intakev1.GetDataKeyRequest{Customer: c.GetCustomer()})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
	_, err = f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
		Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: "more words"},
	})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
	refused(t, f.commands(c.GetName(), "")["update"](), codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)

	// The complaint goes on without words, and the customer may complain again.
	f.resolve(c.GetName())
	require.Equal(t, intakev1.Complaint_RESOLVED, f.confirm(c.GetName()).GetState())
	require.NotEqual(t, c.GetCustomer(), f.file().GetCustomer())
}

// What is damaged is answered without its words, and nothing else suffers.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		"UPDATE complaints SET filing = details WHERE id = ?",
		"UPDATE complaints SET details = filing WHERE id = ?",
		"UPDATE customers SET wrapped_key = filing FROM complaints WHERE complaints.customer = customers.name AND id = ?",
	} {
		t.Run(damage, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			req := request()
			req.Complainant = &intakev1.Complainant{Phone: "13800001111"}
			other, err := f.agent.CreateComplaint(t.Context(), req)
			require.NoError(t, err)
			c := f.file()
			f.corrupt(damage, c.GetName())

			list, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{OrderBy: "create_time"})
			require.NoError(t, err)
			require.Len(t, list.GetComplaints(), 2)
			got := f.get(c.GetName())
			for _, read := range list.GetComplaints() {
				if read.GetName() == other.GetName() {
					requireSame(t, other, read)
					continue
				}
				requireSame(t, got, read)
			}
			require.Equal(t, c.GetReference(), got.GetReference())
			require.Empty(t, got.GetStatement())
			requireSame(t, &intakev1.Complainant{LanguageCode: "zh-Hans"}, got.GetComplainant())
			require.Contains(t, f.logged.String(), `"level":"ERROR","msg":"a complaint cannot be opened","complaint":"`+c.GetName()+`"}`)

			// A command would write over what may still be rescued.
			require.Equal(t, codes.Internal, status.Code(f.commands(c.GetName(), "")["update"]()))
			requireSame(t, got, f.get(c.GetName()))
		})
	}
}

func TestDamagedMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	for _, text := range []string{"one", "two"} {
		_, err := say(t, f.agent, c.GetName(), intakev1.Message_AGENT, text)
		require.NoError(t, err)
	}
	f.corrupt("UPDATE messages SET body = x'00' WHERE id = (SELECT min(id) FROM messages WHERE complaint = ?)", c.GetName())
	list, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName()})
	require.NoError(t, err)
	require.Len(t, list.GetMessages(), 2)
	require.Empty(t, list.GetMessages()[0].GetText())
	require.Equal(t, "two", list.GetMessages()[1].GetText())
	require.Contains(t, f.logged.String(), `"msg":"a message cannot be opened","message":"`+list.GetMessages()[0].GetName()+`"}`)
}

// corrupt does harm to a complaint on disk, by its id.
func (f *fixture) corrupt(statement, complaint string) {
	f.t.Helper()
	require.NoError(f.t, f.db.Write(f.t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, statement, strings.TrimPrefix(complaint, "complaints/"))
		return err
	}))
}

func TestListComplaintsByPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var names []string
	for i := range 7 {
		f.pass(time.Minute)
		req := request()
		// Received in the opposite order, two of them at the same time.
		req.ReceiveTime = timestamppb.New(begin.Add(-time.Duration(i/2) * time.Hour))
		c, err := f.agent.CreateComplaint(t.Context(), req)
		require.NoError(t, err)
		names = append(names, c.GetName())
	}
	walk := func(req *intakev1.ListComplaintsRequest) (got []string) {
		for {
			page, err := f.agent.ListComplaints(t.Context(), req)
			require.NoError(t, err)
			for _, c := range page.GetComplaints() {
				got = append(got, c.GetName())
			}
			if page.GetNextPageToken() == "" {
				return got
			}
			require.Len(t, page.GetComplaints(), int(req.GetPageSize()))
			req.PageToken = page.GetNextPageToken()
		}
	}
	pick := func(order ...int) (want []string) {
		for _, i := range order {
			want = append(want, names[i])
		}
		return want
	}
	for order, want := range map[string][]string{
		"":                  pick(1, 0, 3, 2, 5, 4, 6),
		"receive_time desc": pick(1, 0, 3, 2, 5, 4, 6),
		"receive_time":      pick(6, 4, 5, 2, 3, 0, 1),
		"create_time":       pick(0, 1, 2, 3, 4, 5, 6),
		"create_time desc":  pick(6, 5, 4, 3, 2, 1, 0),
	} {
		for _, size := range []int32{1, 2, 3, 7, 100} {
			require.Equal(t, want, walk(&intakev1.ListComplaintsRequest{OrderBy: order, PageSize: size}), "%s by %d", order, size)
		}
	}
	require.Equal(t, pick(1, 0, 3, 2), walk(&intakev1.ListComplaintsRequest{
		PageSize: 3, Filter: fmt.Sprintf("receive_time >= %q AND state = \"RECEIVED\"", begin.Add(-time.Hour).Format(time.RFC3339)),
	}))
}

func TestListComplaintsRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.file()
	f.file()
	first, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{PageSize: 1})
	require.NoError(t, err)
	token := first.GetNextPageToken()
	require.NotEmpty(t, token)
	for name, test := range map[string]struct {
		req    *intakev1.ListComplaintsRequest
		reason errorv1.Reason
	}{
		"an unknown field":   {&intakev1.ListComplaintsRequest{Filter: `phone = "1"`}, errorv1.Reason_FILTER_INVALID},
		"no filter at all":   {&intakev1.ListComplaintsRequest{Filter: `)(`}, errorv1.Reason_FILTER_INVALID},
		"an unknown order":   {&intakev1.ListComplaintsRequest{OrderBy: "phone"}, errorv1.Reason_ORDER_BY_INVALID},
		"a forged token":     {&intakev1.ListComplaintsRequest{PageToken: "A" + token}, errorv1.Reason_PAGE_TOKEN_INVALID},
		"another list":       {&intakev1.ListComplaintsRequest{PageToken: token, Filter: "cycle = 1"}, errorv1.Reason_PAGE_TOKEN_INVALID},
		"another order":      {&intakev1.ListComplaintsRequest{PageToken: token, OrderBy: "create_time"}, errorv1.Reason_PAGE_TOKEN_INVALID},
		"a negative size":    {&intakev1.ListComplaintsRequest{PageSize: -1}, errorv1.Reason_INVALID_FIELD},
		"a filter too large": {&intakev1.ListComplaintsRequest{Filter: strings.Repeat("(", 1001)}, errorv1.Reason_INVALID_FIELD},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.agent.ListComplaints(t.Context(), test.req)
			rpctest.RequireReason(t, err, codes.InvalidArgument, test.reason.String())
		})
	}
}

// Long texts end a page early, so that it always fits into a message.
func TestPagesFitIntoAMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const n = 70
	long := strings.Repeat("投", 20000)
	for range n {
		req := request()
		req.Statement = long
		_, err := f.agent.CreateComplaint(t.Context(), req)
		require.NoError(t, err)
	}
	c := f.file()
	for range n {
		_, err := f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{
			Parent: c.GetName(), Message: &intakev1.Message{Author: intakev1.Message_CUSTOMER, Text: long},
		})
		require.NoError(t, err)
	}
	total, token := 0, ""
	for {
		page, err := f.agent.ListComplaints(t.Context(), &intakev1.ListComplaintsRequest{PageSize: 1000, PageToken: token})
		require.NoError(t, err)
		total += len(page.GetComplaints())
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, n+1, total)
	total, token = 0, ""
	for {
		page, err := f.agent.ListMessages(t.Context(), &intakev1.ListMessagesRequest{Parent: c.GetName(), PageSize: 1000, PageToken: token})
		require.NoError(t, err)
		total += len(page.GetMessages())
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, n, total)
}

func TestGetCycle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.in(intakev1.Complaint_RESOLVING)
	cycle := func(n int32) *intakev1.Cycle {
		got, err := f.worker.GetCycle(t.Context(), &intakev1.GetCycleRequest{Name: c.GetName(), Cycle: n})
		require.NoError(t, err)
		return got
	}
	requireSame(t, &intakev1.Cycle{Open: true, State: intakev1.Complaint_RESOLVING}, cycle(1))
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_RESOLVING}, cycle(2))
	f.confirm(c.GetName())
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_RESOLVED, Outcome: intakev1.Complaint_REMEDIED}, cycle(1))
	require.NoError(t, f.commands(c.GetName(), "")["reopen"]())
	requireSame(t, &intakev1.Cycle{State: intakev1.Complaint_ACTIVE, Outcome: intakev1.Complaint_REMEDIED}, cycle(1))
	requireSame(t, &intakev1.Cycle{Open: true, State: intakev1.Complaint_ACTIVE}, cycle(2))
}

func TestGetContact(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACK-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_CLOSED)
	f.pass(time.Hour)
	require.NoError(t, f.commands(c.GetName(), "")["reopen"]())
	c = f.get(c.GetName())
	got, err := f.worker.GetContact(t.Context(), &intakev1.GetContactRequest{Name: c.GetName()})
	require.NoError(t, err)
	requireSame(t, &intakev1.Contact{
		Customer: c.GetCustomer(), Reference: c.GetReference(), Complainant: c.GetComplainant(), Targets: c.GetTargets(),
		Department: "departments/logistics", ReceiveTime: timestamppb.New(f.now()), Severity: policyv1.Severity_NORMAL,
	}, got)
	require.Equal(t, "+8613912345678", got.GetComplainant().GetPhone())
	require.Equal(t, "zh-Hans", got.GetComplainant().GetLanguageCode())
	_, err = f.agent.GetContact(t.Context(), &intakev1.GetContactRequest{Name: c.GetName()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}

func TestGetDataKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.worker.GetDataKey(t.Context(), &intakev1.GetDataKeyRequest{Customer: "customers/00000000000000000000000000"})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
	c := f.file()
	require.Equal(t, c.GetCustomer(), f.key(c.GetCustomer()).Customer())
	_, err = f.agent.GetDataKey(t.Context(), &intakev1.GetDataKeyRequest{Customer: c.GetCustomer()})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
}
