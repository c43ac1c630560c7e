package wording

// near is how far from the end of a clause a report may be for the next clause to be what is reported: "您说的是，".
const near = 2

// reported marks what somebody else says: what follows a report in its clause, the next clause or the rest of the sentence when
// the report ends with a comma or a colon, and what is in quotation marks in a sentence with a report.
func (c *Checker) reported(v *view) {
	sentences := make(map[int]int) // Where the first report of a sentence ends.
	v.each(c.reports, c.reportWithin, func(clause int, at meeting) {
		sentence := v.sentence[clause]
		if end, ok := sentences[sentence]; !ok || at.end < end {
			sentences[sentence] = at.end
		}
		end := v.disown(at.end, func(i int) bool { return v.clause[i] == clause })
		switch {
		case end == len(v.runes) || v.clause[end] == clause || v.units[end]-v.units[at.end] > near:
		case v.runes[end-1] == ':':
			v.disown(end, func(i int) bool { return v.sentence[v.clause[i]] == sentence })
		case v.leads(at.start):
			v.disown(end, func(i int) bool { return v.clause[i] == clause+1 && v.sentence[clause+1] == sentence })
		}
	})
	if len(sentences) == 0 {
		return
	}
	for _, quote := range v.quotes() {
		first, last := v.sentence[v.clause[quote.start]], v.sentence[v.clause[quote.end-1]]
		before, ok := sentences[first]
		_, after := sentences[last]
		if ok && before <= quote.start || after || c.reportFollows(v, quote, sentences) {
			for i := quote.start; i < quote.end; i++ {
				v.foreign[i] = true
			}
		}
	}
}

// leads tells whether nothing stands before a character in its clause: "您反映，" opens a report, "感谢您反映，" does not.
func (v *view) leads(at int) bool {
	i := at
	for i > 0 && v.clause[i-1] == v.clause[at] && v.units[i-1] == v.units[at] {
		i--
	}
	return i == 0 || v.clause[i-1] != v.clause[at]
}

// disown marks characters as somebody else's as long as they are within, and returns the first that is not, or that was marked
// already: no character is marked twice, however many reports there are.
func (v *view) disown(from int, within func(int) bool) int {
	for from < len(v.runes) && !v.foreign[from] && within(from) {
		v.foreign[from] = true
		from++
	}
	return from
}

// reportFollows tells whether the sentence right after a quotation begins with a report: "…!", you wrote.
func (c *Checker) reportFollows(v *view, quote span, sentences map[int]int) bool {
	if quote.end >= len(v.runes) {
		return false
	}
	end, ok := sentences[v.sentence[v.clause[quote.end]]]
	return ok && v.units[end]-v.units[quote.end] <= 3*near
}

// quotes finds what is in quotation marks, without the marks. A quotation that does not end in its paragraph is none.
func (v *view) quotes() []span {
	var quotes []span
	start, closing := 0, rune(0)
	for i, r := range v.runes {
		switch {
		case closing != 0 && r == closing:
			if i > start {
				quotes = append(quotes, span{start, i})
			}
			closing = 0
		case r == '\n':
			closing = 0
		case closing == 0:
			start, closing = i+1, closes(r)
		}
	}
	return quotes
}

// closes is the mark that closes a quotation; 0 for a character that opens none.
func closes(r rune) rune {
	switch r {
	case '“':
		return '”'
	case '「':
		return '」'
	case '『':
		return '』'
	case '"':
		return '"'
	default:
		return 0
	}
}
