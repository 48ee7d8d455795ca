"""お申し込み直後に開通するお申し込み, step by step: each POST saves into the draft, no GET writes (spec 5.2)."""
