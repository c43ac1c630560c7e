package pages_test

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/review/pages"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func tally(source *rand.Rand, n int64) *reviewv1.Tally {
	escalated, promises := n*int64(source.IntN(40))/100, n/2+1
	kept := promises * int64(70+source.IntN(30)) / 100
	return &reviewv1.Tally{
		RecordCount: n, EscalatedCount: escalated, EscalationRate: float64(escalated) / float64(n), RepeatedCount: n / 12, RepeatRate: 1.0 / 12,
		MoneyCount: n / 4, MoneyRate: 0.25, Money: &money.Money{CurrencyCode: "CNY", Units: n * 37, Nanos: 500_000_000}, PromiseCount: promises,
		KeptCount: kept, KeptRate: float64(kept) / float64(promises), ContactedCount: n, MeanTimeToContact: durationpb.New(97 * time.Minute),
		MeanHandlingTime: durationpb.New(31 * time.Hour), AnsweredCount: n / 3, SatisfiedCount: n / 4, LostCount: 2,
	}
}

// sample is a review of a week as a firm might have it.
func sample() *reviewv1.Review {
	source := rand.New(rand.NewPCG(5, 6))
	start := time.Date(2026, 11, 16, 0, 0, 0, 0, shanghai)
	r := &reviewv1.Review{
		Name: "reviews/weekly-2026-11-16", Kind: reviewv1.Review_WEEKLY, FirstDate: "2026-11-16", StartTime: timestamppb.New(start),
		EndTime: timestamppb.New(start.AddDate(0, 0, 7)), TimeZone: "Asia/Shanghai", Version: 2, Complete: true, RecordCount: 412,
		HighestSequence: 93_411, Total: tally(source, 412), Author: "services/worker", PolicyVersion: "default-1",
		CreateTime: timestamppb.New(start.AddDate(0, 0, 7).Add(30 * time.Minute)),
	}
	category := func(c policyv1.Scenario, n int64) *reviewv1.SubjectTally {
		return &reviewv1.SubjectTally{Subject: &reviewv1.Subject{Category: c}, Share: float64(n) / 412, UsualShare: 0.21, Tally: tally(source, n)}
	}
	r.Categories = []*reviewv1.SubjectTally{
		category(policyv1.Scenario_QUALITY, 151), category(policyv1.Scenario_LOGISTICS, 119), category(policyv1.Scenario_PRICE, 70),
		category(policyv1.Scenario_ATTITUDE, 44), category(0, 28),
	}
	r.Faults = []*reviewv1.SubjectTally{{
		Subject: &reviewv1.Subject{Product: "Smart lock X2", FaultCode: "=does not open"}, Share: 0.31, UsualShare: 0.06, Tally: tally(source, 128),
	}}
	hours := []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 168 * time.Hour}
	for i := range len(hours) + 1 {
		b := &reviewv1.Band{RecordCount: 58, EscalatedCount: int64(2 + i*5), EscalationRate: float64(2+i*5) / 58, From: durationpb.New(0)}
		c := &reviewv1.Band{RecordCount: int64(160 / (i + 1)), From: durationpb.New(0)}
		if i > 0 {
			b.From, c.From = durationpb.New(hours[i-1]), durationpb.New(hours[i-1])
		}
		if i < len(hours) {
			b.To, c.To = durationpb.New(hours[i]), durationpb.New(hours[i])
		}
		r.HandlingBands, r.ContactBands = append(r.HandlingBands, b), append(r.ContactBands, c)
	}
	r.ContactBands = append(r.ContactBands, &reviewv1.Band{Never: true, RecordCount: 6})
	for i := range 12 {
		week := &reviewv1.Week{FirstDate: start.AddDate(0, 0, 7*(i-11)).Format(time.DateOnly), Total: tally(source, 380)}
		for c := range 5 {
			share := []float64{0.07, 0.15 + float64(i)/60, 0.2, 0.3 - float64(i)/90, 0.18}[c] + float64(source.IntN(5))/100
			week.Categories = append(week.Categories, &reviewv1.WeekCategory{Category: policyv1.Scenario(c), RecordCount: 70, Share: share})
		}
		r.Weeks = append(r.Weeks, week)
	}
	for _, d := range []string{"customer-service", "logistics", "quality"} {
		r.Departments = append(r.Departments, &reviewv1.DepartmentDigest{
			Department: "departments/" + d, Share: 0.33, Tally: tally(source, 137), Categories: r.Categories[:3],
		})
	}
	r.FrequentSubjects = []*reviewv1.FrequentSubject{
		{Subject: r.GetCategories()[0].GetSubject(), Figures: &reviewv1.Figures{Count: 151, Total: 412, Share: 151.0 / 412, UsualShare: 0.21}, Improvement: "improvements/01jd0000000000000000000000"},
		{Subject: r.GetFaults()[0].GetSubject(), Figures: &reviewv1.Figures{Count: 128, Total: 412, Share: 128.0 / 412, UsualShare: 0.06}, Improvement: "improvements/01jd0000000000000000000001", Opened: true},
	}
	return r
}

// TestPage: it stands for itself, and nothing in it is taken for a part of it. REDRESS_REVIEW_PAGE names a file to look at.
func TestPage(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	r.Faults[0].Subject.Product = "<script>alert(1)</script>"
	text, err := pages.Page(r, shanghai, "en")
	require.NoError(t, err)
	page := string(text)
	require.Equal(t, 4, bytes.Count(text, []byte("<svg")), "four plots")
	require.NotContains(t, page, "<script")
	for _, link := range regexp.MustCompile(`(?i)(https?:)?//[a-z][^\s"'<>)]*`).FindAllString(page, -1) {
		require.Regexp(t, `^http://www\.w3\.org/`, link, "nothing is loaded")
	}
	require.NotRegexp(t, `(?i)<(link|img|iframe|object|form)\b|url\(|@import|src=`, page)
	for _, told := range []string{
		"Week 47 of 2026", "412 complaints ended", "up to record 93411", "version 2", "default-1", "Quality", "37 %", "improvements/01jd0000000000000000000001",
		"opened by this review", "Not assessed", "&lt; 1 h", "≥ 7 d", "never", "logistics", "CNY 15244.50",
	} {
		require.Contains(t, page, told)
	}
	require.NotContains(t, page, "The period goes on")
	if file := os.Getenv("REDRESS_REVIEW_PAGE"); file != "" {
		text, err := pages.Page(sample(), shanghai, "en")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, text, 0o600))
	}
}

// TestPageInChinese has nothing left in English but names. REDRESS_REVIEW_PAGE names a file to look at, with the language behind it.
func TestPageInChinese(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	for language, told := range map[string][]string{
		"zh-Hans": {`lang="zh-Hans"`, "2026年第47周", "办结投诉 412 件", "2026年11月16日 – 2026年11月22日", "质量", "未评估", "≥ 7天", "按时兑现", "151 / 412", "人员：冷淡", "未联系"},
		"zh-Hant": {`lang="zh-Hant"`, "2026年第47週", "辦結投訴 412 件", "品質", "未評估", "按時兌現", "人員：冷淡", "未聯絡"},
	} {
		r := sample()
		r.TypicalCases = []*reviewv1.TypicalCase{{Category: policyv1.Scenario_PRICE, Cause: policyv1.Cause_STAFF_COLD, RecordCount: 9, EscalatedCount: 2}}
		text, err := pages.Page(r, shanghai, language)
		require.NoError(t, err)
		for _, want := range told {
			require.Contains(t, string(text), want, language)
		}
		shown := regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`).ReplaceAllString(string(text), " ")
		for _, english := range []string{"Escalated", "escalated", "Complaints", "complaints", "Kept", "Share", "Department", "Quality", "Staff", "never", "mean", "version", "<no value>"} {
			require.NotContains(t, shown, english, language)
		}
		r.Kind, r.Complete = reviewv1.Review_DAILY, false
		text, err = pages.Page(r, shanghai, language)
		require.NoError(t, err)
		require.Contains(t, string(text), "<h1>2026年11月16日 星期一</h1>")
		if file := os.Getenv("REDRESS_REVIEW_PAGE"); file != "" {
			text, err := pages.Page(sample(), shanghai, language)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file+"."+language, text, 0o600))
		}
	}
}

// TestEveryWordIsTranslated: each category and cause has a name in Chinese.
func TestEveryWordIsTranslated(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	for number, name := range policyv1.Cause_name {
		r := sample()
		r.Categories = nil
		r.TypicalCases = []*reviewv1.TypicalCase{{Category: policyv1.Scenario(number % 6), Cause: policyv1.Cause(number), RecordCount: 9}}
		text, err := pages.Page(r, shanghai, "zh-Hant")
		require.NoError(t, err)
		word, _, _ := strings.Cut(name, "_")
		require.NotContains(t, string(text), "<td>"+word[:1]+strings.ToLower(word[1:]))
	}
	for number, name := range policyv1.Scenario_name {
		r := sample()
		r.TypicalCases = []*reviewv1.TypicalCase{{Category: policyv1.Scenario(number), RecordCount: 9}}
		text, err := pages.Page(r, shanghai, "zh-Hans")
		require.NoError(t, err)
		require.NotContains(t, string(text), "<td>"+name[:1]+strings.ToLower(name[1:]))
	}
}

// TestAWeekWithoutPromisesIsAGap in the line of kept ones: nothing is drawn across it.
func TestAWeekWithoutPromisesIsAGap(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	drawn := func() string {
		text, err := pages.Page(r, shanghai, "en")
		require.NoError(t, err)
		return regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(string(text), -1)[2]
	}
	lines := func() int { return strings.Count(drawn(), "stroke:rgb(47,111,183);fill:none") }
	require.Equal(t, 1, lines(), drawn())
	r.Weeks[4].Total.PromiseCount, r.Weeks[4].Total.KeptRate = 0, 0
	require.Equal(t, 2, lines())
	require.NotRegexp(t, `fill:rgba\(47,111,183,0\.\d+\)`, drawn(), "no area")
}

// TestABandOfNothingHasNoRate: no "0 %" stands where nobody was.
func TestABandOfNothingHasNoRate(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	labels := func() int {
		text, err := pages.Page(r, shanghai, "en")
		require.NoError(t, err)
		return strings.Count(regexp.MustCompile(`(?s)<svg.*?</svg>`).FindString(string(text)), ">0 %<")
	}
	before := labels()
	band := r.GetHandlingBands()[3]
	band.EscalatedCount, band.EscalationRate = 0, 0
	require.Equal(t, before+1, labels(), "of 58 nobody was")
	band.RecordCount = 0
	require.Equal(t, before, labels())
}

// TestPageOfLittle: periods without records, without promises, and such as go on have a page too.
func TestPageOfLittle(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	for _, week := range r.GetWeeks() {
		week.Total, week.Categories = &reviewv1.Tally{}, nil
	}
	r.Complete, r.FrequentSubjects, r.Departments, r.Faults = false, nil, nil, nil
	r.Total = &reviewv1.Tally{RecordCount: 412}
	text, err := pages.Page(r, shanghai, "en")
	require.NoError(t, err)
	require.Contains(t, string(text), "The period goes on")
	require.NotContains(t, string(text), "NaN")

	for language, ended := range map[string]string{"en": "1 complaint ended", "zh-Hans": "办结投诉 1 件", "zh-Hant": "辦結投訴 1 件"} {
		one := proto.CloneOf(r)
		one.RecordCount = 1
		text, err = pages.Page(one, shanghai, language)
		require.NoError(t, err)
		require.Contains(t, string(text), ended)
		require.NotContains(t, string(text), "1 outcome records")
	}
	for kind, title := range map[reviewv1.Review_Kind]string{reviewv1.Review_MONTHLY: "Month: November 2026", reviewv1.Review_DAILY: "Monday, 16 November 2026"} {
		empty := &reviewv1.Review{Kind: kind, StartTime: r.GetStartTime(), EndTime: r.GetEndTime(), CreateTime: r.GetCreateTime()}
		text, err = pages.Page(empty, shanghai, "en")
		require.NoError(t, err)
		require.Contains(t, string(text), "No complaint ended")
		require.Contains(t, string(text), title)
	}
}

// TestTable: it has every number, and no cell that a spreadsheet takes for a formula.
func TestTable(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	r.TypicalCases = []*reviewv1.TypicalCase{{Category: policyv1.Scenario_PRICE, Cause: policyv1.Cause_STAFF_COLD, RecordCount: 9, EscalatedCount: 2}}
	r.Faults[0].Subject.Product = "=1+1"
	text, err := pages.Table(r)
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	sections := map[string]int{}
	var weeks int64
	for _, row := range rows[1:] {
		require.Equal(t, []string{"reviews/weekly-2026-11-16", "2"}, row[:2])
		sections[row[2]]++
		if row[2] == "week" {
			n, err := strconv.ParseInt(row[5], 10, 64)
			require.NoError(t, err)
			weeks += n
		}
		require.NotRegexp(t, `^[=+@-]`, row[4])
	}
	require.Equal(t, map[string]int{
		"total": 1, "category": 5, "fault": 1, "handling_time": 7, "time_to_contact": 8, "week": 12, "week_category": 60, "department": 3,
		"department_category": 9, "typical_case": 1, "frequent_subject": 2,
	}, sections)
	require.Equal(t, int64(12*380), weeks)
	require.Contains(t, string(text), "total,,,412,1,,")
	require.Contains(t, string(text), "'=1+1 · =does not open")
	column := func(name string) int { return slices.Index(rows[0], name) }
	for _, row := range rows[1:] { // What a review does not say of a part is not told as 0.
		escalated, rest := row[column("escalated_count")], row[column("repeated_count"):column("improvement")]
		switch row[2] {
		case "week_category":
			require.Empty(t, escalated+strings.Join(rest, ""), "%v", row)
		case "handling_time", "time_to_contact", "typical_case", "frequent_subject":
			require.NotEmpty(t, escalated, "%v", row)
			require.Empty(t, strings.Join(rest, ""), "%v", row)
		default:
			require.NotContains(t, slices.Delete(slices.Clone(rest), 6, 7), "", "%v", row)
		}
	}
}

// TestWhatThereIsNothingOf is left out, and not told as 0: usual shares without periods before, means of nobody, shares of empty weeks. Departments
// have the names that people know, faults stand by themselves, and no axis goes beyond all.
func TestWhatThereIsNothingOf(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	r := sample()
	for _, all := range [][]*reviewv1.SubjectTally{r.GetCategories(), r.GetFaults()} {
		for _, c := range all {
			c.UsualShare = 0
		}
	}
	for _, f := range r.GetFrequentSubjects() {
		f.Figures.UsualShare = 0
	}
	half := []time.Duration{30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour, 72 * time.Hour}
	r.ContactBands = []*reviewv1.Band{{Never: true, RecordCount: 6}, {From: durationpb.New(half[4]), RecordCount: 406}}
	for i := len(half) - 1; i >= 0; i-- {
		b := &reviewv1.Band{From: durationpb.New(0), To: durationpb.New(half[i])}
		if i > 0 {
			b.From = durationpb.New(half[i-1])
		}
		r.ContactBands = append([]*reviewv1.Band{b}, r.ContactBands...)
	}
	r.GetHandlingBands()[2].EscalationRate = 1
	r.Departments[0].DisplayName, r.Departments[1].DisplayName = "Customer service", "=HYPERLINK(1)"
	empty := r.GetWeeks()[0]
	empty.Total, empty.Categories = &reviewv1.Tally{}, nil
	r.Departments[2].Tally.ContactedCount, r.Departments[2].Tally.MeanTimeToContact = 0, durationpb.New(0)
	text, err := pages.Page(r, shanghai, "en")
	require.NoError(t, err)
	page := string(text)
	for _, told := range []string{"Customer service", "Faults of products", "<td class=\"n\">—</td>", "&lt; 30 min", "100 %"} {
		require.Contains(t, page, told)
	}
	require.NotContains(t, page, "110 %")
	if file := os.Getenv("REDRESS_REVIEW_PAGE"); file != "" {
		require.NoError(t, os.WriteFile(file+".edges", text, 0o600))
	}
	text, err = pages.Table(r)
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		cell := func(name string) string { return row[column[name]] }
		if cell("contacted_count") == "0" {
			require.Empty(t, cell("mean_seconds_to_contact"), "%v", row)
		}
		require.Empty(t, cell("usual_share"))
		if cell("section") == "week" && cell("record_count") == "0" {
			require.Empty(t, cell("share"))
			require.Empty(t, cell("mean_handling_seconds"))
		}
		if cell("subject") == "Quality" {
			require.Equal(t, "QUALITY", cell("category"))
		}
		if cell("section") == "fault" {
			require.Equal(t, []string{"Smart lock X2", "'=does not open"}, []string{cell("product"), cell("fault_code")})
		}
		if cell("department") == "departments/logistics" {
			require.Equal(t, "'=HYPERLINK(1)", cell("department_name"))
		}
	}
}
