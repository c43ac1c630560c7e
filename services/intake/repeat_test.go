package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/internal/policy"
)

// measured counts pairs of one customer's complaints: those that are about one matter and were taken for it, those that were not,
// and those that were taken for it wrongly.
type measured struct{ found, missed, wrong float64 }

func (m measured) precision() float64 { return m.found / (m.found + m.wrong) }
func (m measured) recall() float64    { return m.found / (m.found + m.missed) }

// TestRepeatsMeasured holds the built-in thresholds against pairs of complaints: half of them the same matter told again, half another
// matter in the same tone. The common words were written beside the first file; the phrases of the second were not looked at; the rule of equal clauses was made after it.
func TestRepeatsMeasured(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	p, err := policy.Default()
	require.NoError(t, err)
	comparer := splitter(t).Comparer(p.Proto().GetMatters().GetCommonWords())
	for file, floor := range map[string]struct{ precision, recall, reopenRecall float64 }{
		"repeats.tsv": {1, 0.95, 0.25}, "repeats_unseen.tsv": {1, 0.9, 0.2},
	} {
		linked, reopened := measured{}, measured{}
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		for line := range strings.Lines(string(raw)) {
			pair := strings.Split(strings.TrimSpace(line), "\t")
			require.Len(t, pair, 4, line)
			alike := comparer.Matter(pair[2], pair[3])
			require.InDelta(t, alike, comparer.Matter(pair[3], pair[2]), 1e-9)
			linked.count(pair[1] == "same", alike >= p.Proto().GetMatters().GetRepeatSimilarity())
			reopened.count(pair[1] == "same", alike >= p.Proto().GetMatters().GetReopenSimilarity())
		}
		t.Logf("%s: linked %.2f precision, %.2f recall %+v; reopened %.2f, %.2f %+v",
			file, linked.precision(), linked.recall(), linked, reopened.precision(), reopened.recall(), reopened)
		require.GreaterOrEqual(t, linked.precision(), floor.precision, file)
		require.GreaterOrEqual(t, linked.recall(), floor.recall, file)
		require.Zero(t, reopened.wrong, "a merger is not undone: "+file)
		require.GreaterOrEqual(t, reopened.recall(), floor.reopenRecall, file)
	}
}

func (m *measured) count(same, taken bool) {
	switch {
	case same && taken:
		m.found++
	case same:
		m.missed++
	case taken:
		m.wrong++
	}
}

// What the customer says every time is no matter: neither a phrase that the policy lists, nor one that only this customer uses.
func TestStockPhrasesMakeNoRepeat(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixture(t)
	for number, pair := range map[string][2]string{
		"13900000011": {"The parcel with my shoes was late, I want my money back", "My kettle leaks from the bottom, I want my money back"},
		"13900000012": {"鞋子晚到了半个月，要求退货退款，望尽快处理", "热水壶底部漏水，要求退货退款，望尽快处理"},
		"13900000013": {"作为十年的老客户太寒心了，窗帘尺寸做错了", "作为十年的老客户太寒心了，电工把电线裸露在外面"},
	} {
		first := f.complain(number, pair[0])
		f.closeIt(first.GetName())
		again := f.complain(number, pair[1])
		f.indexed(again.GetName())
		require.Zero(t, f.get(again.GetName()).GetRepeatCount(), pair[1])
		require.Empty(t, f.record(again.GetName()).GetLinks(), pair[1])
	}
}

// A policy that states nothing of the section but REOPEN keeps what a repeat is: two matters that share stock phrases alone stay two.
func TestReopenAloneMergesNothingElse(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixtureWith(t, func(deps *intake.Deps) {
		p, err := policy.Parse([]byte("version: test\nmatters: {repeat: REOPEN}\n"), "test.yaml")
		require.NoError(t, err)
		deps.Policy = p
	})
	const stock = "我要求全额退款，请尽快处理，客服电话打不通，服务态度很差"
	first := f.complain(phone, "冰箱漏水。"+stock)
	f.closeIt(first.GetName())
	again := f.complain(phone, "手机屏幕碎了。"+stock)
	f.indexed(again.GetName())
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(first.GetName()).GetState())
	require.Empty(t, f.get(again.GetName()).GetMergedInto())
}

// A repeat that is told in other words is linked, and not merged into a case that it may not belong to.
func TestLikelyRepeatIsLinkedOnly(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-6")
	f := newFixtureWith(t, reopening(t))
	first := f.complain(phone, "笔记本电池只能用四十分钟。")
	f.closeIt(first.GetName())
	again := f.complain(phone, "笔记本换了电池，还是四十分钟就没电。")
	f.indexed(again.GetName())
	require.Equal(t, intakev1.Complaint_CLOSED, f.get(first.GetName()).GetState())
	c := f.get(again.GetName())
	require.Equal(t, intakev1.Complaint_RECEIVED, c.GetState())
	require.Equal(t, int32(1), c.GetRepeatCount())
	require.Equal(t, intakev1.Relation_REPEAT, f.record(again.GetName()).GetLinks()[0].GetRelation())
}
