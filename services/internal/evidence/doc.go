// Package evidence writes and checks the file of one complaint for a regulator (API-2).
//
// A pack is a zip archive. It holds pages to read and print, evidence.<language>.html; the same as JSON, by part; the events of each service's log
// with their hash chains, logs/<service>.json; and manifest.json, which names the size and the SHA-256 of every other file, with manifest.sig, an
// Ed25519 signature over it. Check needs nothing but the archive and the public key: no network, no database, no Redress that runs.
//
// The same content gives the same bytes; only the time at which a pack is made differs, which the manifest and the pages tell.
package evidence
