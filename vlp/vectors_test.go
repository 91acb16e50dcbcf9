package vlp

import (
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"os"
	"strings"
	"testing"
)

// frameVector is an entry of the groups about plain frames.
type frameVector struct {
	ID     string
	Kind   string
	Error  *string `json:"expected_decode_error"`
	Inputs struct {
		Status           string
		PID, Payload     uint32
		Timestamp, Nonce uint64
	}
	Expected string `json:"expected_wire_hex"`
	Wire     string `json:"wire_hex"`
}

type vectorFile struct {
	Magic    string `json:"magic_hex"`
	Version  byte   `json:"version_byte"`
	Terminal string `json:"nonce_terminal_hex"`
	CRC      []struct {
		ID       string
		Input    string `json:"input_hex"`
		Expected string `json:"expected_crc_hex"`
	} `json:"crc32c_vectors"`
	Frames  []frameVector            `json:"frame_vectors"`
	XFrames []frameVector            `json:"x_frame_vectors"`
	Secure  []json.RawMessage        `json:"secure_frame_vectors"`
	XSecure []json.RawMessage        `json:"x_secure_frame_vectors"`
	Audit   struct{ Lines []string } `json:"x_audit_chain"`
}

func loadVectors(t testing.TB) (v vectorFile) {
	t.Helper()
	text, err := os.ReadFile("testdata/vlp-vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectorConstants(t *testing.T) {
	v := loadVectors(t)
	if v.Magic != hex.EncodeToString([]byte{magic0, magic1}) || v.Version != version {
		t.Errorf("frames start with %s %d, want %q %d", v.Magic, v.Version, []byte{magic0, magic1}, version)
	}
	if v.Terminal != "ffffffffffffffff" || Terminal != 1<<64-1 {
		t.Errorf("terminal nonce %s, want %x", v.Terminal, uint64(Terminal))
	}
}

func TestVectorCRC(t *testing.T) {
	table := crc32.MakeTable(crc32.Castagnoli)
	vectors := loadVectors(t).CRC
	for _, v := range vectors {
		in, want := unhex(t, v.Input), v.Expected
		if got := hexCRC(bitwiseCRC(in)); got != want {
			t.Errorf("%s: bit by bit %s, want %s", v.ID, got, want)
		}
		if got := hexCRC(crc32.Checksum(in, table)); got != want {
			t.Errorf("%s: hash/crc32 %s, want %s", v.ID, got, want)
		}
	}
	if len(vectors) != 5 {
		t.Errorf("%d vectors, want 5", len(vectors))
	}
}

func TestVectorFrames(t *testing.T) {
	v := loadVectors(t)
	encoded, refused := 0, 0
	for _, fv := range append(v.Frames, v.XFrames...) {
		switch fv.Kind {
		case "encode_decode_roundtrip":
			checkGood(t, &fv)
			encoded++
		case "decode_error":
			checkRefused(t, &fv)
			refused++
		default:
			t.Errorf("%s: unknown kind %q", fv.ID, fv.Kind)
		}
	}
	if encoded != 6 || refused != 17 {
		t.Errorf("%d frames to encode and %d to refuse, want 6 and 17", encoded, refused)
	}
	if later := len(v.Secure) + len(v.XSecure); later != 7 || len(v.Audit.Lines) != 4 {
		t.Errorf("%d secure and %d audit vectors, want 7 and 4", later, len(v.Audit.Lines))
	}
	t.Logf("used: %d CRC, %d frames encoded and decoded, %d refused; for sealed frames and the audit log, which are not here: %d and %d",
		len(v.CRC), encoded, refused, len(v.Secure)+len(v.XSecure), len(v.Audit.Lines))
}

func checkGood(t *testing.T, v *frameVector) {
	t.Helper()
	status := map[string]Status{"ok": OK, "degraded": Degraded, "critical": Critical}[v.Inputs.Status]
	want := Frame{
		Timestamp: v.Inputs.Timestamp, Nonce: v.Inputs.Nonce,
		PID: v.Inputs.PID, Payload: v.Inputs.Payload, Status: status,
	}
	if got := hex.EncodeToString(Append(nil, &want)); got != v.Expected {
		t.Errorf("%s: Append gave %s, want %s", v.ID, got, v.Expected)
	}
	var got Frame
	if ft := Decode((*[Size]byte)(unhex(t, v.Expected)), &got); ft != None || got != want {
		t.Errorf("%s: Decode gave %s %+v, want %+v", v.ID, ft.Label(), got, want)
	}
	if got.Status.String() != v.Inputs.Status {
		t.Errorf("%s: status %q, want %q", v.ID, got.Status, v.Inputs.Status)
	}
}

func checkRefused(t *testing.T, v *frameVector) {
	t.Helper()
	b := (*[Size]byte)(unhex(t, v.Wire))
	untouched := Frame{PID: 7, Nonce: 8, Timestamp: 9, Payload: 10, Status: Critical}
	f := untouched
	text := string(Explain(b, Decode(b, &f)).Append(nil))
	name, _, _ := strings.Cut(strings.ReplaceAll(text, "(", " "), " ")
	if name != *v.Error {
		t.Errorf("%s: refused as %q, want %s", v.ID, text, *v.Error)
	}
	if f != untouched {
		t.Errorf("%s: a refused frame was written: %+v", v.ID, f)
	}
}
