package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-5")
	f := newFixture(t)
	one, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
		Statement:   "空調壞了，客服說三天內維修，結果沒有人來。",
		Complainant: &intakev1.Complainant{Phone: "139 1234 5678", Email: "Wang@Example.com", CustomerId: "VIP 77"},
		Target:      &intakev1.Target{Order: "SO-2026-0815"},
		Demands:     []*intakev1.Demand{{Text: "換一台新的"}},
	})
	require.NoError(t, err)
	two := f.complain("13900000002", "The invoice was charged twice, and nobody called me back")
	m, err := say(t, f.agent, two.GetName(), intakev1.Message_CUSTOMER, "我要求全额退款，refund please")
	require.NoError(t, err)
	f.indexed(one.GetName(), two.GetName())
	a, b := one.GetName(), two.GetName()

	for query, want := range map[string][]string{
		one.GetReference(): {a}, strings.ToLower(strings.ReplaceAll(one.GetReference(), "-", "")): {a},
		"+86 139-1234-5678": {a}, "13912345678": {a}, "WANG@example.com": {a}, "VIP 77": {a}, one.GetCustomer(): {a},
		"空调坏了": {a}, "空調": {a}, "维修 三天": {a}, "换一台": {a}, "so-2026-0815": {a}, "调坏": {a},
		"invoice": {b}, "INVOICE charged": {b}, "退款": {b}, "全额 refund": {b},
		"invoices": nil, "坏调": nil, "invoice refund": nil, "空调 invoice": nil, "三天修": nil, "R-0000-0000-1": nil,
	} {
		require.Equal(t, want, f.search(query, 30), query)
	}
	page, err := f.matters.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: "退款"})
	require.NoError(t, err)
	requireSame(t, &intakev1.Match{Part: intakev1.Match_MESSAGE, Message: m.GetName()}, page.GetResults()[0].GetMatches()[0])
	require.NotEmpty(t, page.GetResults()[0].GetComplaint().GetStatement())
	page, err = f.matters.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: "13912345678"})
	require.NoError(t, err)
	require.Equal(t, intakev1.Match_CONTACT, page.GetResults()[0].GetMatches()[0].GetPart())

	for _, query := range []string{"退", "，。！", "a" + strings.Repeat(" ", 3) + "。"} {
		_, err = f.matters.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: query})
		if query[0] == 'a' {
			require.NoError(t, err)
			continue
		}
		refused(t, err, codes.InvalidArgument, intakev1.ErrorReason_QUERY_TOO_SHORT)
	}
	_, err = f.matters.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: "退款", PageToken: "x"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, "PAGE_TOKEN_INVALID")
}

// Whoever does not see personal data does not find by it either.
func TestSearchIsMasked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	c := f.complain(phone, parcel)
	f.indexed(c.GetName())
	auditor := intakev1.NewMatterServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	for query, found := range map[string]int{c.GetReference(): 1, c.GetCustomer(): 1, "包裹": 0, phone: 0} {
		page, err := auditor.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: query})
		require.NoError(t, err)
		require.Len(t, page.GetResults(), found, query)
		for _, result := range page.GetResults() {
			require.Empty(t, result.GetComplaint().GetStatement())
		}
	}
	_, err := auditor.LookupCustomer(t.Context(), &intakev1.LookupCustomerRequest{Phone: phone})
	require.Equal(t, codes.PermissionDenied.String(), status.Code(err).String())
}

// More texts than are sliced at once: each is found once, whatever the size of the page, while texts are fresh and after.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const count = 25
	c := f.complain(phone, parcel)
	var want []string
	for i := range count {
		m, err := say(t, f.agent, c.GetName(), intakev1.Message_CUSTOMER, fmt.Sprintf("发票 number%d", i))
		require.NoError(t, err)
		want = append(want, m.GetName())
		f.pass(time.Millisecond)
	}
	f.indexed(c.GetName())
	for _, size := range []int32{1, 4, 200} {
		var found []string
		for token := ""; ; {
			page, err := f.matters.SearchComplaints(t.Context(), &intakev1.SearchComplaintsRequest{Query: "发票", PageSize: size, PageToken: token})
			require.NoError(t, err)
			for _, result := range page.GetResults() {
				for _, match := range result.GetMatches() {
					found = append(found, match.GetMessage())
				}
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		require.ElementsMatch(t, want, found, size)
	}
}

func TestListDuplicates(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	first := f.complain(phone, parcel)
	copied := f.complain("13900000002", "我的"+parcel+"。")
	english := f.complain("13900000003", "The parcel has not arrived since Monday, tracking shows nothing, the courier does not pick up")
	double := f.complain("13900000004", "Parcel not arrived since monday! Tracking shows nothing; courier does not pick up the phone.")
	other := f.complain(phone, "餐厅的菜里吃出了虫子")
	unrelated := f.complain("13900000005", "空调坏了没有人来维修")
	all := []string{first.GetName(), copied.GetName(), english.GetName(), double.GetName(), other.GetName(), unrelated.GetName()}
	f.indexed(all...)
	list := func(client intakev1.MatterServiceClient, name string) []*intakev1.DuplicateCandidate {
		out, err := client.ListDuplicates(t.Context(), &intakev1.ListDuplicatesRequest{Parent: name})
		require.NoError(t, err)
		return out.GetCandidates()
	}
	got := list(f.matters, first.GetName())
	require.Len(t, got, 2)
	require.Equal(t, copied.GetName(), got[0].GetComplaint().GetName())
	require.Greater(t, got[0].GetScore(), 0.7)
	require.Contains(t, got[0].GetReasons()[0], "similar words: 包裹")
	require.Equal(t, other.GetName(), got[1].GetComplaint().GetName())
	require.Equal(t, []string{"same customer"}, got[1].GetReasons())
	require.InDelta(t, 0.3, got[1].GetScore(), 0.05)
	got = list(f.matters, english.GetName())
	require.Len(t, got, 1)
	require.Equal(t, double.GetName(), got[0].GetComplaint().GetName())
	require.Empty(t, list(f.matters, unrelated.GetName()))

	auditor := intakev1.NewMatterServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	masked := list(auditor, first.GetName())
	require.Equal(t, []string{"similar words"}, masked[0].GetReasons(), "words are not told")
	require.Empty(t, masked[0].GetComplaint().GetStatement())

	_, err := f.merge(other.GetName(), first.GetName())
	require.NoError(t, err)
	require.Len(t, list(f.matters, first.GetName()), 1, "a merged one is no candidate")
	_, err = f.matters.ListDuplicates(t.Context(), &intakev1.ListDuplicatesRequest{Parent: nobody})
	rpctest.RequireReason(t, err, codes.NotFound, "COMPLAINT_NOT_FOUND")
}

func TestSameOrderIsACandidate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var names []string
	for i, order := range []string{"SO 2026/0815", "so-2026-0815"} {
		c, err := f.agent.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{
			Statement: []string{"Broken", "没有收到货"}[i], Complainant: &intakev1.Complainant{Phone: phone}, Target: &intakev1.Target{Order: order},
		})
		require.NoError(t, err)
		names = append(names, c.GetName())
	}
	out, err := f.matters.ListDuplicates(t.Context(), &intakev1.ListDuplicatesRequest{Parent: names[0]})
	require.NoError(t, err)
	require.Equal(t, []string{"same customer", "same order number"}, out.GetCandidates()[0].GetReasons())
	require.InDelta(t, 0.72, out.GetCandidates()[0].GetScore(), 0.001)
}

func TestCustomerHistory(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	var want []string
	var customer string
	for range 5 {
		c := f.complain(phone, parcel)
		want = append([]string{c.GetName()}, want...)
		customer = c.GetCustomer()
	}
	f.complain("13900000002", parcel)
	var got []string
	for token := ""; ; {
		page, err := f.matters.GetCustomerHistory(t.Context(), &intakev1.GetCustomerHistoryRequest{Name: customer + "/history", PageSize: 2, PageToken: token})
		require.NoError(t, err)
		require.Equal(t, int32(5), page.GetComplaintCount())
		for _, entry := range page.GetEntries() {
			got = append(got, entry.GetComplaint())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err := f.matters.GetCustomerHistory(t.Context(), &intakev1.GetCustomerHistoryRequest{Name: "customers/00000000000000000000000000/history"})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_CUSTOMER_NOT_FOUND)
	_, err = f.matters.LookupCustomer(t.Context(), &intakev1.LookupCustomerRequest{Email: "nobody@example.com"})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_CUSTOMER_NOT_FOUND)
	_, err = f.matters.LookupCustomer(t.Context(), &intakev1.LookupCustomerRequest{Email: "a@example.com", Phone: phone})
	rpctest.RequireReason(t, err, codes.InvalidArgument, "INVALID_FIELD")
}

// After the customer's key was destroyed and the index was tidied nothing is found, and no row is left.
func TestNothingIsLeftOfAnErasedCustomer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	kept, gone := f.complain("13900000002", "空调坏了没有人来维修"), f.complain(phone, parcel)
	_, err := say(t, f.agent, gone.GetName(), intakev1.Message_CUSTOMER, "包裹找到了吗")
	require.NoError(t, err)
	f.indexed(kept.GetName(), gone.GetName())
	require.Equal(t, 3, f.rows("index_texts"))
	require.Equal(t, 2, f.rows("index_sketches"))
	// The words of the index are nowhere on disk: TestNothingPersonalIsWrittenInPlain looks, with the index at work.
	out, err := f.matters.ListDuplicates(t.Context(), &intakev1.ListDuplicatesRequest{Parent: kept.GetName()})
	require.NoError(t, err)
	require.Empty(t, out.GetCandidates())
	f.erase(gone.GetCustomer())
	require.Empty(t, f.search("包裹", 30), "at once, since texts are opened")
	require.NoError(t, f.indexer.Tidy(t.Context()))
	require.Equal(t, 1, f.rows("index_texts"))
	require.Equal(t, 1, f.rows("index_sketches"))
	require.Equal(t, 1, f.rows("index_fresh"))
	require.Empty(t, f.search("包裹", 30))
	require.Equal(t, []string{kept.GetName()}, f.search("空调", 30))
	f.indexed(gone.GetName())
	require.Equal(t, 1, f.rows("index_texts"), "events that are told again bring nothing back")
}

// Texts that were put into slices are found like fresh ones, each once, and can be forgotten there.
func TestSearchInSlices(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	f := newFixture(t)
	old, fresh := f.complain(phone, "发票号码不对，请重开"), f.complain("13900000002", "发票抬头写错了")
	f.indexed(old.GetName())
	var texts []intake.Text
	for i := range 1100 {
		texts = append(texts, f.served.TextOf(intake.Place{Complaint: id(old.GetName()), Message: fmt.Sprint("m", i)}, "中文 text "+fmt.Sprint(i)))
	}
	require.NoError(t, f.served.PutTexts(t.Context(), texts))
	require.Positive(t, f.rows("index_slices"))
	f.indexed(fresh.GetName())
	require.ElementsMatch(t, []string{fresh.GetName(), old.GetName()}, f.search("发票", 1))
	require.Equal(t, []string{old.GetName()}, f.search("重开", 5))
	f.erase(old.GetCustomer())
	require.NoError(t, f.indexer.Tidy(t.Context()))
	require.Equal(t, 1, f.rows("index_texts"))
	require.Equal(t, 1, f.rows("index_fresh"))
	require.Zero(t, f.bitsSet(), "no bit of a slice is left")
	require.Equal(t, []string{fresh.GetName()}, f.search("发票", 1))
}
