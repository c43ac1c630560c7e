package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// htmlPage is a page for customers, without scripts and of one piece. What it says is kept nowhere, and where it leads nobody learns its
// address.
type htmlPage struct {
	page    *template.Template
	style   template.CSS
	policy  string
	matcher language.Matcher
}

func newHTMLPage(name, text string, styles ...string) (htmlPage, error) {
	page, err := template.New(name).Parse(text)
	if err != nil {
		return htmlPage{}, err
	}
	style := strings.Join(styles, "")
	digest := sha256.Sum256([]byte(style))
	return htmlPage{
		page: page, style: template.CSS(style), //nolint:gosec // It is ours.
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		matcher: language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.TraditionalChinese, language.English}),
	}, nil
}

// pageLanguages are those that pages are written in, in the matcher's order.
func pageLanguages() []string { return []string{"zh-Hans", "zh-Hant", "en"} }

// asked is the language that a browser asks for.
func (p htmlPage) asked(r *http.Request) string {
	_, index, _ := p.matcher.Match(accepted(r)...)
	return pageLanguages()[index]
}

// write answers with the page; trouble is what is said when it cannot be written.
func (p htmlPage) write(w http.ResponseWriter, httpStatus int, lang, trouble string, view any) {
	var text bytes.Buffer
	if err := p.page.Execute(&text, view); err != nil {
		http.Error(w, trouble, http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", lang)
	header.Set("Content-Security-Policy", p.policy)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Robots-Tag", "noindex")
	header.Set("Vary", "Accept-Language")
	w.WriteHeader(httpStatus)
	_, _ = w.Write(text.Bytes()) // The client is gone; there is nobody to tell.
}

// accepted are the languages that the browser asks for; what it says beyond all measure is not read.
func accepted(r *http.Request) []language.Tag {
	text := r.Header.Get("Accept-Language")
	if len(text) > 500 {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(text)
	if err != nil {
		return nil
	}
	return tags
}
