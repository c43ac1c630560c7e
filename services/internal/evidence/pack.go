package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// Format is what a manifest says it is.
	Format = "redress.evidence/1"
	// ManifestName is the file that speaks of all others.
	ManifestName = "manifest.json"
	// SignatureName is the file with the signature over it.
	SignatureName = "manifest.sig"
	// LogFolder is where the events of each service are.
	LogFolder = "logs/"
	// domain begins what is signed, so that a signature can never be taken for one of something else.
	domain = "redress.evidence.v1.Manifest\n"
)

// File is one file of a pack.
type File struct {
	Name    string
	Content []byte
}

// Manifest speaks of all other files of a pack, and is what is signed.
type Manifest struct {
	// Format is redress.evidence/1.
	Format string `json:"format"`
	// Complaint and Reference name the complaint.
	Complaint string `json:"complaint"`
	Reference string `json:"reference"`
	// Reader is whom it was made for, and Roles what they were: it holds what those may see.
	Reader string   `json:"reader"`
	Roles  []string `json:"roles"`
	// MadeTime is when, in RFC 3339.
	MadeTime string `json:"madeTime"`
	// Withheld are the parts that these roles may not see.
	Withheld []string `json:"withheld"`
	// KeyID and PublicKey are of the key that signs. Whoever checks should have the key from elsewhere: anybody can sign with one of their own.
	KeyID     string `json:"keyId"`
	PublicKey string `json:"publicKey"`
	// LogKey is the public key that checkpoints of the logs are signed with.
	LogKey string `json:"logKey"`
	// Files are all other files, by name.
	Files []Entry `json:"files"`
}

// Entry is a file in the manifest.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// KeyID names a key: the beginning of the SHA-256 of its public half.
func KeyID(public ed25519.PublicKey) string {
	digest := sha256.Sum256(public)
	return hex.EncodeToString(digest[:8])
}

// EncodeKey and DecodeKey write and read public keys as text.
func EncodeKey(public ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(public) }

// DecodeKey is the inverse of EncodeKey.
func DecodeKey(text string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("it is no Ed25519 public key in base64")
	}
	return key, nil
}

// Write packs the files and signs for them. It completes the manifest: format, keys and files.
func Write(manifest Manifest, files []File, signer ed25519.PrivateKey) ([]byte, error) {
	public, ok := signer.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("evidence: no key to sign with")
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	manifest.Format, manifest.KeyID, manifest.PublicKey, manifest.Files = Format, KeyID(public), EncodeKey(public), nil
	for _, f := range files {
		digest := sha256.Sum256(f.Content)
		manifest.Files = append(manifest.Files, Entry{Name: f.Name, Bytes: int64(len(f.Content)), SHA256: hex.EncodeToString(digest[:])})
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("evidence: manifest: %w", err)
	}
	text = append(text, '\n')
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(signer, signed(text))) + "\n"
	files = append([]File{{ManifestName, text}, {SignatureName, []byte(signature)}}, files...)
	return archive(files)
}

// signed is what the signature of a manifest is made over.
func signed(manifest []byte) []byte { return append([]byte(domain), manifest...) }

// archive packs files in their order, all with the same time, which says nothing.
func archive(files []File) ([]byte, error) {
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for _, f := range files {
		entry, err := writer.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, fmt.Errorf("evidence: %s: %w", f.Name, err)
		}
		if _, err := entry.Write(f.Content); err != nil {
			return nil, fmt.Errorf("evidence: %s: %w", f.Name, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return out.Bytes(), nil
}
