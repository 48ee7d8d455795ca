"""Applications for クラウド電話: from the first page to the contract, or until nothing is kept of them."""
