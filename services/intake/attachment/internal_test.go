package attachment

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/policy"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"photo.jpg":              "photo.jpg",
		"收据 (1).pdf":             "收据 (1).pdf",
		"/etc/passwd":            "passwd",
		`C:\Users\li\letter.doc`: "letter.doc",
		"../../x.png":            "x.png",
		" a\r\nb\x00.txt ":       "ab.txt",
		"invoice\u202egpj.exe":   "invoicegpj.exe",
		"zero\u200bwidth.txt":    "zerowidth.txt",
		"":                       "attachment.png",
		"..":                     "attachment.png",
		"folder/":                "attachment.png",
		"\u202e":                 "attachment.png",
		".hidden":                ".hidden",
		"bad\xffutf8.txt":        "badutf8.txt",
	} {
		require.Equal(t, want, fileName(sent, "image/png"), "%q", sent)
	}
	require.Equal(t, "attachment", fileName("", "a/b"))
}

func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"photo.jpg", `a\b/c`, "..", "\u202e\xff\x00", "收据.pdf"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		name := fileName(sent, "text/plain")
		require.NotEmpty(t, strings.Trim(name, ". "))
		require.True(t, utf8.ValidString(name))
		require.NotContains(t, name, "/")
		require.NotContains(t, name, `\`)
		require.False(t, strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }))
		require.Equal(t, name, fileName(name, "text/plain"), "a name stays as it is")
	})
}

// standard are the built-in policy's types.
func standard(t *testing.T) mediaTypes {
	t.Helper()
	p, err := policy.Default()
	require.NoError(t, err)
	types, err := newMediaTypes(p.Proto().GetAttachments().GetMediaTypes())
	require.NoError(t, err)
	return types
}

// archive is a zip with entries of some size, as office programs write them.
func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		entry, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = entry.Write(bytes.Repeat([]byte("<xml/>"), 1500))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// What customers and firms really send is taken, under the names that their programs give it.
func TestTypesThatAreTaken(t *testing.T) {
	t.Parallel()
	types := standard(t)
	const word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	docx := archive(t, "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "docProps/thumbnail.jpeg", "word/document.xml")
	mp4 := func(brand string) []byte {
		return append([]byte("\x00\x00\x00\x18ftyp"+brand+"\x00\x00\x00\x00"), make([]byte, 64)...)
	}
	for name, test := range map[string]struct {
		declared string
		head     []byte
		want     string
	}{
		"a picture":                      {"image/png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png"},
		"of a telephone":                 {"image/heic", mp4("heic"), "image/heic"},
		"renamed by a chat":              {"image/jpeg", mp4("heic"), "image/heic"},
		"another kind of picture":        {"image/png", []byte("\xff\xd8\xff\xe0\x00\x10JFIF"), "image/jpeg"},
		"a recording":                    {"audio/mp4", mp4("M4A "), "audio/x-m4a"},
		"a recording without type":       {"", mp4("M4A "), "audio/x-m4a"},
		"of a call":                      {"audio/amr", []byte("#!AMR\n\x3c"), "audio/amr"},
		"mp3 under its alias":            {"audio/mp3", bytes.Repeat(append([]byte("\xff\xfb\x90\x00"), make([]byte, 413)...), 8), "audio/mpeg"},
		"a film":                         {"video/mp4", mp4("isom"), "video/mp4"},
		"PDF":                            {"application/pdf", []byte("%PDF-1.7\n"), "application/pdf"},
		"text with parameters":           {"text/plain; charset=utf-8", []byte("你好"), "text/plain"},
		"text in GBK":                    {"text/plain", []byte("\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7"), "text/plain"},
		"a table":                        {"text/csv", []byte("a,b\n1,2\n3,4\n"), "text/csv"},
		"a table that looks like text":   {"text/csv", []byte("a\n"), "text/plain"},
		"text that looks like a table":   {"text/plain", []byte("a,b\n1,2\n3,4\n"), "text/csv"},
		"a document":                     {word, docx, word},
		"a document of no type":          {"application/octet-stream", docx, word},
		"an old document":                {"application/msword", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1000)...), "application/x-ole-storage"},
		"capital letters of a mail tool": {"IMAGE/PNG", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png"},
	} {
		declared, err := types.declared(test.declared)
		require.NoError(t, err, name)
		got, err := types.found(declared, test.head)
		require.NoError(t, err, name)
		require.Equal(t, test.want, got, name)
	}
}

func TestTypesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	types := standard(t)
	for name, head := range map[string][]byte{
		"HTML":              []byte("<html><script>"),
		"HTML after spaces": []byte("  \n\t<!doctype html>"),
		"a vector drawing":  []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">`),
		"a Windows program": append([]byte("MZ"), make([]byte, 500)...),
		"a Linux program":   append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...),
		"a script":          []byte("#!/bin/sh\nrm -rf /\n"),
		"an archive":        archive(t, "x.exe"),
		"a Java program":    archive(t, "META-INF/MANIFEST.MF", "A.class"),
		"bytes":             {0, 1, 2, 3, 4, 5, 0xff, 0xfe},
	} {
		for _, declared := range []string{"", "image/jpeg", "text/plain", "application/pdf", "application/msword"} {
			_, err := types.found(declared, head)
			require.Error(t, err, "%s as %s", name, declared)
			want := "ATTACHMENT_TYPE_MISMATCH"
			if declared == "" {
				want = "ATTACHMENT_TYPE_NOT_ALLOWED"
			}
			require.Equal(t, want, errs.Reason(err), "%s as %s", name, declared)
		}
	}
}

func TestTypesThatContentNeverIs(t *testing.T) {
	t.Parallel()
	_, err := newMediaTypes([]string{"image/png", "application/made-up"})
	require.ErrorContains(t, err, "application/made-up")
}
